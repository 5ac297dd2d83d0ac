"""Read conversations and messages through all six endpoints; print the typed responses.

It reads your account if ZOOM_ACCESS_TOKEN is set (or ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and
ZOOM_CLIENT_SECRET). Otherwise it reads a made-up account on this machine.
"""

import os
from contextlib import ExitStack

import swagger_client
from swagger_client.sandbox import Sandbox


def main() -> None:
    with ExitStack() as stack:
        if "ZOOM_ACCESS_TOKEN" in os.environ or "ZOOM_ACCOUNT_ID" in os.environ:
            configuration = swagger_client.Configuration.from_env()
        else:
            zoom = stack.enter_context(Sandbox(seed=7))
            configuration = swagger_client.Configuration()
            configuration.host, configuration.access_token = zoom.host, zoom.access_token
            print("This account is made up: ZOOM_ACCESS_TOKEN is not set.")
            print(f"It is served by this program, at {zoom.host}\n")
        client = stack.enter_context(swagger_client.ApiClient(configuration))
        print_responses(swagger_client.SMSApi(client))


def print_responses(api: swagger_client.SMSApi) -> None:
    sessions = api.account_sms_session(page_size=2)
    show("account_sms_session", sessions)
    if not sessions.sms_sessions:
        print("The account has had no conversations in the last 30 days.")
        return
    session = sessions.sms_sessions[0]

    messages = api.sms_session_details(session.session_id, page_size=2)
    show("sms_session_details", messages)
    show("sms_session_sync", api.sms_session_sync(session.session_id, sync_type="FSync", count=2))
    for message in messages.sms_histories[:1]:
        found = api.sms_by_message_id(session.session_id, message.message_id)
        show("sms_by_message_id", found)

    owners = [member.owner for member in session.participants if member.is_session_owner]
    user_id = next((owner.id for owner in owners if owner and owner.id), "me")
    show("user_sms_session", api.user_sms_session(user_id, page_size=2))
    show("get_sms_sessions", api.get_sms_sessions(user_id, "FSync", count=2))


def show(method: str, response: swagger_client.models.Model) -> None:
    print(f"{method} -> {type(response).__name__}\n{response}\n")


if __name__ == "__main__":
    main()
