"""Code for the generated client: it uses only names of the generated surface.

It takes the API's base URL and an access token as arguments.
"""
from __future__ import print_function
import copy
import sys
from pprint import pprint

import swagger_client
from swagger_client.rest import ApiException
from swagger_client.models.inline_response20074_sms_histories import InlineResponse20074SmsHistories
from swagger_client.models import InlineResponse20074Sender, InlineResponse20074ToMembers

# Configure OAuth2 access token for authorization: OAuth
configuration = swagger_client.Configuration()
configuration.host = sys.argv[1]
configuration.access_token = sys.argv[2]
configuration.connection_pool_maxsize = 2
configuration.debug = False
print(configuration.to_debug_report())

# every later Configuration() is like this one
swagger_client.Configuration.set_default(configuration)
assert swagger_client.Configuration().host == sys.argv[1]
assert copy.copy(configuration).access_token == sys.argv[2]

# create an instance of the API class
api_client = swagger_client.ApiClient(configuration, 'X-Department', 'compliance', 'theme=dark')
api_client.user_agent = 'archiver/2.1'
api_client.set_default_header('X-Request-Reason', 'audit')
api_instance = swagger_client.SMSApi(api_client)

try:
    # Get account's SMS sessions
    sessions = api_instance.account_sms_session(page_size=5)
    pprint(sessions)
    more = api_instance.account_sms_session(page_size=5, next_page_token=sessions.next_page_token)
    session_id = sessions.sms_sessions[0].session_id
    user_id = sessions.sms_sessions[0].participants[0].owner.id

    # the status and the headers too
    details, status, headers = api_instance.sms_session_details_with_http_info(session_id, sort=2)
    print(status, headers['Content-Type'])
    for message in details.sms_histories:
        print(message.date_time, message.sender.phone_number, message.message)
        for attachment in message.attachments or []:
            print(attachment.name, attachment.size, attachment.type)

    # in a thread
    thread = api_instance.sms_session_sync(session_id, sync_type='FSync', count=5, async_req=True)
    synced = thread.get()
    newer = api_instance.sms_session_sync(
        session_id, sync_type='ISync', count=5, sync_token=synced.sync_token, async_req=True
    ).get(10)
    assert newer.sms_histories == []

    # the answer as urllib3 gives it
    message_id = details.sms_histories[0].message_id
    raw = api_instance.sms_by_message_id(session_id, message_id, _preload_content=False)
    print(raw.status, len(raw.data))
    raw, status, headers = api_instance.sms_by_message_id_with_http_info(
        session_id, message_id, _preload_content=False
    )
    print(raw.status, status, len(raw.data))

    # with a timeout
    api_instance.user_sms_session(user_id, page_size=5, _request_timeout=30)
    latest = api_instance.get_sms_sessions(user_id, 'FSync', count=5, _request_timeout=(5, 30))
    print(latest.sms_sessions[0].latest_message.message)
    data = api_instance.get_sms_sessions_with_http_info(
        user_id, 'FSync', _return_http_data_only=True
    )
    assert isinstance(data, swagger_client.InlineResponse20089)
except ApiException as e:
    print("Exception when calling SMSApi: %s\n" % e)
    sys.exit(1)

try:
    api_instance.sms_session_details('no-such-session')
    sys.exit(2)
except ApiException as e:
    print(e.status, e.reason, e.headers['Content-Type'])
    assert 'code' in e.body

for name, kind in InlineResponse20074SmsHistories.swagger_types.items():
    print(name, kind, InlineResponse20074SmsHistories.attribute_map[name])
sender = InlineResponse20074Sender(phone_number='+15550100')
mine = InlineResponse20074SmsHistories(
    None, '2023-01-31T10:00:00Z', 'Out', 'Hi', 'id-1', 1, sender,
    [InlineResponse20074ToMembers(phone_number='+15550101')]
)
assert mine.to_dict()['sender']['phone_number'] == '+15550100'
assert mine == copy.deepcopy(mine) and not mine != copy.deepcopy(mine)
print(mine.to_str())
try:
    mine.message_type = 99
    sys.exit(3)
except ValueError as e:
    print(e)

# the client below the methods
print(api_client.sanitize_for_serialization(mine)['message'])
print(api_client.select_header_accept(['application/json']))
print(api_client.parameters_to_tuples({'ids': [1, 2]}, {'ids': 'csv'}))
page, status, headers = api_client.call_api(
    '/phone/sms/sessions/{sessionId}', 'GET', {'sessionId': session_id}, [('page_size', 1)],
    {'Accept': 'application/json'}, response_type='InlineResponse20074', auth_settings=['OAuth'],
)
assert isinstance(page, swagger_client.InlineResponse20074) and status == 200
rest_client = swagger_client.rest.RESTClientObject(configuration, pools_size=2, maxsize=2)
response = rest_client.GET(
    configuration.host + '/phone/sms/sessions', query_params=[('page_size', 1)],
    headers={'Authorization': configuration.auth_settings()['OAuth']['value']},
)
assert response.status == 200 and 'sms_sessions' in response.data
assert response.getheader('Content-Type').startswith('application/json')
sessions = api_client.deserialize(response, 'InlineResponse20073')
assert len(sessions.sms_sessions) == 1
print('done')
