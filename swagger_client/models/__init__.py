"""The classes of the objects in Zoom's responses.

There are five base classes: ``SmsMessage``, ``SmsSession``, ``SmsParticipant``, ``SmsOwner`` and
``SmsAttachment``. The classes ``InlineResponse…`` have the names that swagger-codegen generates.
Some are subclasses of the five, for single endpoints. The others are pages, which contain lists of
such objects. Each class is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._model import Model
    from .inline_response20073 import InlineResponse20073
    from .inline_response20073_owner import InlineResponse20073Owner
    from .inline_response20073_participants import InlineResponse20073Participants
    from .inline_response20073_sms_sessions import InlineResponse20073SmsSessions
    from .inline_response20074 import InlineResponse20074
    from .inline_response20074_attachments import InlineResponse20074Attachments
    from .inline_response20074_owner import InlineResponse20074Owner
    from .inline_response20074_sender import InlineResponse20074Sender
    from .inline_response20074_sms_histories import InlineResponse20074SmsHistories
    from .inline_response20074_to_members import InlineResponse20074ToMembers
    from .inline_response20075 import InlineResponse20075
    from .inline_response20075_attachments import InlineResponse20075Attachments
    from .inline_response20075_owner import InlineResponse20075Owner
    from .inline_response20075_sms_histories import InlineResponse20075SmsHistories
    from .inline_response20075_to_members import InlineResponse20075ToMembers
    from .inline_response20076 import InlineResponse20076
    from .inline_response20076_sender import InlineResponse20076Sender
    from .inline_response20076_to_members import InlineResponse20076ToMembers
    from .inline_response20088 import InlineResponse20088
    from .inline_response20088_participants import InlineResponse20088Participants
    from .inline_response20088_sms_sessions import InlineResponse20088SmsSessions
    from .inline_response20089 import InlineResponse20089
    from .inline_response20089_latest_message import InlineResponse20089LatestMessage
    from .inline_response20089_latest_message_attachments import (
        InlineResponse20089LatestMessageAttachments,
    )
    from .inline_response20089_latest_message_owner import InlineResponse20089LatestMessageOwner
    from .inline_response20089_latest_message_sender import InlineResponse20089LatestMessageSender
    from .inline_response20089_latest_message_to_members import (
        InlineResponse20089LatestMessageToMembers,
    )
    from .inline_response20089_participants import InlineResponse20089Participants
    from .inline_response20089_sms_sessions import InlineResponse20089SmsSessions
    from .sms_attachment import SmsAttachment
    from .sms_message import SmsMessage
    from .sms_owner import SmsOwner
    from .sms_participant import SmsParticipant
    from .sms_session import SmsSession

__all__ = [
    "InlineResponse20073",
    "InlineResponse20073Owner",
    "InlineResponse20073Participants",
    "InlineResponse20073SmsSessions",
    "InlineResponse20074",
    "InlineResponse20074Attachments",
    "InlineResponse20074Owner",
    "InlineResponse20074Sender",
    "InlineResponse20074SmsHistories",
    "InlineResponse20074ToMembers",
    "InlineResponse20075",
    "InlineResponse20075Attachments",
    "InlineResponse20075Owner",
    "InlineResponse20075SmsHistories",
    "InlineResponse20075ToMembers",
    "InlineResponse20076",
    "InlineResponse20076Sender",
    "InlineResponse20076ToMembers",
    "InlineResponse20088",
    "InlineResponse20088Participants",
    "InlineResponse20088SmsSessions",
    "InlineResponse20089",
    "InlineResponse20089LatestMessage",
    "InlineResponse20089LatestMessageAttachments",
    "InlineResponse20089LatestMessageOwner",
    "InlineResponse20089LatestMessageSender",
    "InlineResponse20089LatestMessageToMembers",
    "InlineResponse20089Participants",
    "InlineResponse20089SmsSessions",
    "Model",
    "SmsAttachment",
    "SmsMessage",
    "SmsOwner",
    "SmsParticipant",
    "SmsSession",
]


if not TYPE_CHECKING:  # a type checker would accept any name if it saw this function

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        module = "_model" if name == "Model" else words[1:]
        found = getattr(import_module(f"{__name__}.{module}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
