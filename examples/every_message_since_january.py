"""Print every text message of the account since the first of January, in five lines.

It reads ZOOM_ACCESS_TOKEN, or ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET, from the
environment. To try it without an account, run `python -m swagger_client.sandbox` and set
ZOOM_API_HOST.
"""

import datetime

import swagger_client

api = swagger_client.SMSApi(swagger_client.ApiClient(swagger_client.Configuration.from_env()))
january = datetime.date.today().replace(month=1, day=1)
for session, message in api.iter_account_messages(_from=january):
    print(session.session_type, message.date_time, message.sender.phone_number, message.message)
