"""What every model can do, decoded or constructed."""

from __future__ import annotations

import copy
import inspect
import pickle
import traceback
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from swagger_client import models
from swagger_client.models import (
    InlineResponse20073Participants,
    InlineResponse20074,
    InlineResponse20074Attachments,
    InlineResponse20074Sender,
    InlineResponse20074SmsHistories,
    InlineResponse20075SmsHistories,
    InlineResponse20076,
    InlineResponse20089LatestMessageAttachments,
    Model,
    SmsAttachment,
    SmsMessage,
    SmsOwner,
    SmsParticipant,
    SmsSession,
)
from swagger_client.models._model import absent, field

SECRET = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.c2lnbmVk"
URL = f"https://files.example/a.jpg?jwt={SECRET}&x=1"


def message(**fields: Any) -> InlineResponse20074SmsHistories:
    return InlineResponse20074SmsHistories.from_dict(
        {
            "message": "hi",
            "message_type": 99,
            "sender": {"phone_number": None, "owner": {"id": "u", "type": "robot"}, "new": [1]},
            "to_members": [{"phone_number": "2"}],
            **fields,
        }
    )


def test_an_object_has_slots_and_no_dict() -> None:
    for made in (message(), SmsMessage(), message().sender, InlineResponse20074()):
        assert not hasattr(made, "__dict__")


@pytest.mark.parametrize("name", models.__all__)
def test_a_field_takes_one_slot(name: str) -> None:
    slots = [
        slot for cls in getattr(models, name).__mro__ for slot in vars(cls).get("__slots__", ())
    ]
    assert len(slots) == len(set(slots))


def test_help_describes_each_field() -> None:
    assert inspect.getdoc(SmsMessage.message) == "The text of the message."


def test_an_unknown_attribute_cannot_be_set_or_read() -> None:
    for made in (message(), SmsOwner(), message().sender.owner):
        with pytest.raises(AttributeError):
            setattr(made, "typo", 1)  # noqa: B010
        with pytest.raises(AttributeError):
            getattr(made, "typo")  # noqa: B009


def test_the_constructor_rejects_unknown_arguments() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'typo'"):
        SmsOwner(typo=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional argument"):
        SmsOwner("a", "user", "c")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="is_session_owner"):
        InlineResponse20074Sender(phone_number="1", is_session_owner=True)  # type: ignore[call-arg]


def test_setters_check_values_of_decoded_objects() -> None:
    made = message()
    assert made.message_type == 99
    with pytest.raises(ValueError, match=r"`message_type` \(7\), must be one of \[1, 2, 3, 4, 5"):
        made.message_type = 7
    with pytest.raises(ValueError, match="`phone_number`, must not be `None`"):
        made.sender.phone_number = None
    made.message_type = 3
    made.sender.phone_number = "5"
    assert (made.message_type, made.sender.phone_number) == (3, "5")


def test_both_names_of_jpeg_are_accepted_from_every_endpoint() -> None:
    for cls in (
        SmsAttachment, InlineResponse20074Attachments, InlineResponse20089LatestMessageAttachments,
    ):  # fmt: skip
        for kind in ("JPG", "JPG/JPEG"):
            assert cls(type=kind).type == kind
        with pytest.raises(ValueError, match=r"`type` \(jpeg\)"):
            cls(type="jpeg")


def test_an_absent_field_is_none_and_not_in_the_dict() -> None:
    sync = InlineResponse20075SmsHistories.from_dict({"message_id": "m"})
    assert sync.delivery_status is None
    assert sync.sender is None
    assert "delivery_status" not in sync.to_dict()
    assert InlineResponse20074Sender(phone_number="1").extension_status is None
    assert InlineResponse20089LatestMessageAttachments("i", "GIF").download_url is None


def test_an_absent_field_that_zoom_sends_is_kept() -> None:
    sync = InlineResponse20075SmsHistories.from_dict({"delivery_status": "sent"})
    assert sync.delivery_status == "sent"
    assert sync.to_dict()["delivery_status"] == "sent"
    session = SmsSession(session_id="s")
    session.latest_message = SmsMessage(message="x")
    assert session.to_dict()["latest_message"]["message"] == "x"


def test_a_nested_object_that_a_place_lacks_is_decoded() -> None:
    from swagger_client.models import InlineResponse20073SmsSessions

    raw = {"latest_message": {"message": "x", "sender": {"phone_number": "1"}}}
    session = InlineResponse20073SmsSessions.from_dict(raw)
    assert isinstance(session.latest_message, SmsMessage)
    assert session.latest_message.sender.phone_number == "1"
    assert session.to_dict()["latest_message"]["sender"]["phone_number"] == "1"


def test_an_absent_field_can_be_set_and_is_checked() -> None:
    sync = InlineResponse20075SmsHistories()
    sync.delivery_status = "sent"
    assert sync.delivery_status == "sent"
    with pytest.raises(ValueError, match="must be one of"):
        sync.delivery_status = "nope"


def test_unknown_fields_are_reachable_and_survive() -> None:
    made = message(brand_new={"a": [1]}).sender
    assert made.additional_properties == {"new": [1]}
    assert made.to_dict()["new"] == [1]
    made.additional_properties["more"] = 2
    assert made.to_dict()["more"] == 2
    assert SmsOwner().additional_properties == {}


def test_changing_a_dict_does_not_change_unknown_fields_of_the_model() -> None:
    made = message(brand_new={"a": [1]}).sender
    made.to_dict()["new"].append(2)
    assert made.additional_properties == {"new": [1]}


def test_an_unknown_field_never_hides_a_known_one() -> None:
    owner = SmsOwner("a")
    owner.additional_properties["id"] = "b"
    assert owner.to_dict() == {"id": "a", "type": None}


def test_to_dict_nests_and_keeps_the_order() -> None:
    shown = message().to_dict()
    assert {name: value for name, value in shown.items() if value is not None} == {
        "message": "hi",
        "message_type": 99,
        "sender": {
            "display_name": None,
            "owner": {"id": "u", "type": "robot"},
            "phone_number": None,
            "new": [1],
        },
        "to_members": [{"display_name": None, "owner": None, "phone_number": "2"}],
    }
    assert list(shown) == list(InlineResponse20074SmsHistories.swagger_types)


def test_equal_means_same_class_and_same_content() -> None:
    assert message() == message()
    assert message() != message(message="other")
    assert message() != message(unknown=1)
    assert SmsOwner("a") != SmsOwner("b")
    assert InlineResponse20076() != InlineResponse20074SmsHistories()
    assert SmsOwner("a") != {"id": "a", "type": None}
    touched = SmsOwner("a")
    assert touched.additional_properties == {}
    assert touched == SmsOwner("a")
    with pytest.raises(TypeError, match="unhashable"):
        hash(SmsOwner())


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_keeps_all_values_without_checks(protocol: int) -> None:
    made = message(unknown=1)
    twin = pickle.loads(pickle.dumps(made, protocol))
    assert twin == made
    assert type(twin) is type(made)
    assert type(twin.sender) is type(made.sender)
    assert twin.sender.additional_properties == {"new": [1]}


def test_a_pickle_of_an_older_version_reads_missing_fields_as_none() -> None:
    owner = SmsOwner.__new__(SmsOwner)
    owner.__setstate__({"id": "a"})
    assert owner == SmsOwner("a")


def test_a_copy_shares_and_a_deep_copy_does_not() -> None:
    made = message(unknown=[1])
    shallow, deep = copy.copy(made), copy.deepcopy(made)
    assert shallow == deep == made
    assert shallow.sender is made.sender
    assert deep.sender is not made.sender
    shallow.additional_properties["mine"] = 1
    deep.sender.additional_properties["new"].append(2)
    assert made == message(unknown=[1])


def test_repr_is_pretty_and_hides_download_credentials() -> None:
    made = message(
        attachments=[{"download_url": URL, "id": "a"}],
        preview=[{"link": f"see {URL} now", "other": "https://x.example/?q=1"}],
    )
    for text in (repr(made), str(made), made.to_str()):
        assert SECRET not in text
        assert "download_url" not in text
        assert "see https://files.example/a.jpg?<redacted> now" in text
        assert "https://x.example/?q=1" in text
    assert made.attachments is not None
    assert made.attachments[0].download_url == URL
    assert made.to_dict()["attachments"][0]["download_url"] == URL
    assert made.to_dict()["preview"][0]["link"] == f"see {URL} now"


@pytest.mark.parametrize(
    "shown",
    [
        f"https://a.example/x?JWT={SECRET}",
        f"https://a.example/x?a=1&jwt={SECRET}#f",
        f"https://a.example/x#jwt={SECRET}",
        f"jwt={SECRET}",
    ],
)
def test_a_token_is_hidden_in_any_text(shown: str) -> None:
    assert SECRET not in repr(message(message=f"look: {shown}"))


@pytest.mark.parametrize("end", ["", "?token=1", "#token=1"])
def test_no_part_of_a_download_url_is_shown(end: str) -> None:
    assert "a.example" not in repr(SmsAttachment(download_url=f"https://a.example/x{end}"))


def test_repr_of_deeply_nested_unknown_fields_ends() -> None:
    nested: Any = SECRET
    for _ in range(500):
        nested = [nested]
    assert "..." in repr(SmsOwner.from_dict({"deep": nested}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-03-23T02:58:01Z", datetime(2022, 3, 23, 2, 58, 1)),
        ("2022-03-23T02:58:01.5Z", datetime(2022, 3, 23, 2, 58, 1, 500_000)),
        ("2022-03-23T02:58:01.123456Z", datetime(2022, 3, 23, 2, 58, 1, 123_456)),
        ("2022-03-23T02:58:01", datetime(2022, 3, 23, 2, 58, 1)),
        ("2022-03-23T04:58:01+02:00", datetime(2022, 3, 23, 2, 58, 1)),
        ("20220323T025801Z", datetime(2022, 3, 23, 2, 58, 1)),
    ],
)
def test_times_are_read_as_utc(text: str, expected: datetime) -> None:
    expected = expected.replace(tzinfo=timezone.utc)
    participant = InlineResponse20073Participants(extension_deleted_time=text)
    for read in (
        SmsMessage(date_time=text).date_time_utc,
        SmsSession(last_access_time=text).last_access_time_utc,
        participant.extension_deleted_time_utc,
    ):
        assert read == expected
        assert read is not None
        assert read.utcoffset() == timedelta(0)


def test_a_missing_time_is_none_and_an_invalid_time_raises() -> None:
    assert SmsMessage().date_time_utc is None
    for text in ("", "yesterday", "2022-13-01T00:00:00Z", "10", "Z", "0001-01-01T00:00:00+01:00"):
        with pytest.raises(ValueError, match="is not an ISO 8601 timestamp"):
            _ = SmsMessage(date_time=text).date_time_utc
    odd: list[object] = [5, 5.5, True, {}, {"time": "2022-03-23T02:58:01Z"}, [], ["Z"]]
    for value in odd:
        with pytest.raises(ValueError, match="is not an ISO 8601 timestamp"):
            _ = message(date_time=value).date_time_utc


def test_from_dict_rejects_other_types() -> None:
    with pytest.raises(TypeError, match=r"SmsOwner\.from_dict takes a dict, not list"):
        SmsOwner.from_dict([])  # type: ignore[arg-type]


def test_a_users_own_model_works_like_ours() -> None:
    class Note(Model):
        """A note."""

        sent_from: str | None = field("Where from.", key="from", one_of=("a", "b"))
        owner: SmsOwner | None = field("Whose.")

    class Short(Note):
        """A note without owner."""

        owner: SmsOwner | None = absent()

    globals()["Note"], globals()["Short"] = Note, Short
    made = Note.from_dict({"from": "z", "owner": {"id": "1"}})
    assert (made.sent_from, made.owner) == ("z", SmsOwner("1"))
    assert Note.attribute_map == {"sent_from": "from", "owner": "owner"}
    assert Note("a").to_dict() == {"sent_from": "a", "owner": None}
    assert Short.from_dict({"from": "a", "owner": {"id": "1"}}).owner == SmsOwner("1")
    assert Short("a").owner is None
    assert list(inspect.signature(Short).parameters) == ["sent_from"]


def test_a_model_may_hold_its_own_kind() -> None:
    class Reply(Model):
        """A reply to a reply."""

        text: str | None = field("What it says.")
        replies: list[Reply] = field("Its replies.")

    globals()["Reply"] = Reply
    sent: dict[str, Any] = {"text": "0", "replies": []}
    for depth in range(1, 20):
        sent = {"text": str(depth), "replies": [sent, None]}
    made = Reply.from_dict(sent)
    assert made.to_dict() == sent
    innermost = made
    while innermost.replies:
        innermost = innermost.replies[0]
        assert type(innermost) is Reply
    assert innermost.text == "0"


def test_a_model_without_fields_keeps_all_values() -> None:
    class Empty(Model):
        """Nothing known."""

    assert Empty.from_dict({"a": 1}).to_dict() == {"a": 1}
    assert Empty() == Empty()


def test_a_subclass_may_have_its_own_constructor() -> None:
    class Mine(InlineResponse20074Sender):
        """Ours, with a default."""

        def __init__(self, phone_number: str = "0") -> None:
            super().__init__(phone_number=phone_number)

    assert Mine().phone_number == "0"
    assert type(Mine._decode({"phone_number": "1"})) is Mine


def test_a_base_model_made_first_does_not_change_the_constructor_of_a_subclass() -> None:
    SmsParticipant(phone_number="1")
    with pytest.raises(ValueError, match="must not be `None`"):
        InlineResponse20074Sender()


def test_compiled_source_can_be_read_and_is_shown_in_tracebacks() -> None:
    assert "o.id = d.pop('id', None)" in inspect.getsource(SmsOwner._decode)
    assert "def __init__(self, id=None, type=None):" in inspect.getsource(SmsOwner.__init__)
    try:
        SmsOwner(type="nope")
    except ValueError:
        assert "self.type = type" in traceback.format_exc()


def test_fields_describe_themselves() -> None:
    by_name = {entry.name: entry for entry in InlineResponse20074SmsHistories.__fields__}
    sender = by_name["sender"]
    assert sender.model is InlineResponse20074Sender
    assert not sender.many
    assert by_name["to_members"].many
    assert by_name["to_members"].max_items == 10
    assert repr(sender) == "<Field sender: InlineResponse20074Sender>"
    assert by_name["message_type"].one_of == (1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("18108001001", "+18108001001"),
        ("+18108001001", "+18108001001"),
        ("+1 (810) 800-1001", "+18108001001"),
        ("442071838750", "+442071838750"),
        ("+4512345678", "+4512345678"),
        ("8108001001", None),  # may be national
        ("72975", None),
        ("+72975", None),
        ("1800", None),
        ("0018108001001", None),
        ("+1234567890123456", None),
        ("+49 (0) 30 1234567", "+49301234567"),
        ("+4930(0)1234567", "+49301234567"),
        ("anonymous", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_in_e164(number: str | None, expected: str | None) -> None:
    assert SmsParticipant(phone_number=number).e164 == expected
    assert SmsParticipant.from_dict({"phone_number": 5}).e164 is None


@pytest.mark.parametrize(
    "query", ["jwt=x", "a=1&X-Amz-Signature=s", "token=s", "sig=s", "Key-Pair-Id=k", "password=s"]
)
def test_a_dict_without_secrets_has_no_signed_url(query: str) -> None:
    made = message(
        attachments=[{"download_url": URL, "id": "a"}],
        preview=[{"link": f"see https://a.example/f?{query}"}, "https://x.example/?q=1"],
    )
    plain = made.to_dict(secrets=False)
    assert "download_url" not in plain["attachments"][0]
    assert plain["attachments"][0]["id"] == "a"
    assert plain["preview"] == [
        {"link": "see https://a.example/f?<redacted>"},
        "https://x.example/?q=1",
    ]
    assert made.to_dict()["attachments"][0]["download_url"] == URL


def test_a_download_url_whose_path_is_a_credential_is_left_out() -> None:
    url = "https://files.example/file/download/x18dcVWxTcCzbp4zr2AT3A"
    made = message(attachments=[{"download_url": url, "id": "a"}], new={"download_url": [url]})
    for shown in (made.to_dict(secrets=False), made.to_row(), made.to_str(), repr(made)):
        assert "x18dcVW" not in str(shown)
    assert made.attachments is not None
    assert "x18dcVW" not in str(made.attachments[0].to_row())


def test_a_row_is_flat_and_its_columns_depend_on_the_class_alone() -> None:
    made = message(
        to_members=[{"phone_number": "1", "owner": {"id": "o"}}, {"phone_number": "2"}],
        attachments=[{"download_url": URL, "size": 3}],
        unknown={"a": 1},
    )
    row = made.to_row()
    assert row["message"] == "hi"
    assert row["sender_owner_id"] == "u"
    assert row["to_members_count"] == 2
    assert row["to_members_phone_number"] == "1; 2"
    assert row["to_members_owner_id"] == "o; "
    assert row["to_members_display_name"] is None
    assert row["attachments_size"] == "3"
    assert "attachments_download_url" not in row
    assert not [value for value in row.values() if isinstance(value, (dict, list, Model))]
    assert list(row) == list(InlineResponse20074SmsHistories().to_row())
    assert list(row) == list(message(to_members=None, sender="x").to_row())
