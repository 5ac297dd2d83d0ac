"""A made-up account with all difficult cases of transcripts, in an archive.

`tools.screenshots` and the tests of exports and of the viewer use it.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import swagger_client
from swagger_client._flow.drivers import SystemClock
from swagger_client.archive import Archive
from swagger_client.sandbox import Clock, Sandbox
from swagger_client.sandbox.records import Party

PICTURES = Path(__file__).parent / "example"
NOW = datetime(2026, 3, 10, 18, tzinfo=timezone.utc)
SINCE = "2025-10-01"

#: Conversations of the story, by their ids.
STORY = "5e1f0000000000000000000000000a01"
LONG = "5e1f0000000000000000000000000a02"
HOSTILE = "5e1f0000000000000000000000000a03"
HEBREW = "5e1f0000000000000000000000000a04"

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1">'
    b'<script>document.title="RAN"</script></svg>'
)
HTML = b'<!doctype html><title>x</title><script>document.title = "RAN"</script>'
HOSTILE_TEXTS = [
    "<script>document.title = 'RAN'</script>",
    "<img src=x onerror=\"document.title='RAN'\">",
    "javascript:document.title='RAN'",
    "http://example.test/\" onmouseover=\"document.title='RAN'",
    "</div></main></body><script>document.title='RAN'</script>",
    "{{ 7 * 7 }} {% raw %} ${document.title='RAN'}",
    "\u202egnp.exe \u2066isolated\u2069 \x07bell \x1b[31mred",
    "<a href=\"javascript:document.title='RAN'\">a link</a>",
    "<style>body{display:none}</style><iframe srcdoc=\"<script>top.document.title=1</script>\">",
]  # fmt: skip

_TALK = [
    ("In", "Good morning! Is the flat on Harbour Street still to let? 🏠"),
    ("Out", "Good morning. It is, from 1 April. Would you like to see it?"),
    ("In", "Yes please. Would Thursday 12:30 suit you?"),
    ("Out", "Thursday 12:30 it is. Ring at number 14, second floor."),
    ("In", "Perfect 👍 Is there a lift?"),
    ("Out", "There is. Here is the view from the balcony:"),
    ("In", "Beautiful!! 😍"),
    (
        "Out",
        "The rent is 1,450 a month, the deposit three months' rent. Heating costs of last year:",
    ),
    ("In", "Thank you. Please send the draft of the contract when you have it."),
    ("Out", "Here it is. Read §4 and §9 with care, please."),
    ("In", "I signed it. When do I get the keys?"),
    ("Out", "On 1 April at 9:00, at the flat."),
]


def build(folder: Path, *, long: int = 3000) -> Path:
    """Archive the made-up account in two runs.

    :param folder: the folder for the database ``sms.sqlite3`` and the folder ``files``.
    :param long: the number of messages in the longest conversation.
    :returns: the path of the database.
    """
    database = folder / "sms.sqlite3"
    clock = Clock(frozen=True, start=NOW - timedelta(days=2))
    with (
        Sandbox(seed=16, clock=clock, users=5, sessions=10, messages=150, years=0.35) as zoom,
        Archive(database) as archive,
    ):
        _tell_story(zoom)
        _tell_hebrew(zoom)
        _tell_long(zoom, long)
        _tell_hostile(zoom)
        configuration = swagger_client.Configuration()
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        with swagger_client.ApiClient(configuration, clock=_SandboxClock(clock)) as client:
            api = swagger_client.SMSApi(client)
            archive.mirror(api, since=SINCE, attachments=folder / "files")
            clock.advance(2 * 86_400)
            _change(zoom)
            configuration.access_token = zoom.access_token
            archive.mirror(api)
    return database


class _SandboxClock(SystemClock):
    """The clock of a sandbox, so that the times of runs are the same in every build."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock.time()

    def monotonic(self) -> float:
        return self._clock.time()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


def _tell_story(zoom: Sandbox) -> None:
    owner = zoom.users()[0]
    other = Party("16175550142", "Dana Whitfield")
    begin = datetime(2026, 3, 2, 8, 12, tzinfo=timezone.utc)
    zoom.add_session(owner_id=owner.id, others=[other], session_id=STORY, at=begin)
    photo = zoom.attachment((PICTURES / "photo.jpg").read_bytes(), name="balcony.jpg", type="JPG")
    chart = zoom.attachment((PICTURES / "chart.png").read_bytes(), name="heating.png", type="PNG")
    contract = zoom.attachment(
        b"%PDF-1.4\n% an invented contract\n", name="Contract.pdf", type="OTHER"
    )
    files = {5: [photo], 7: [chart], 9: [contract]}
    for place, (direction, text) in enumerate(_TALK):
        at = begin + timedelta(hours=place // 4 * 26, minutes=7 * place)
        zoom.add_message(
            STORY,
            text=text,
            direction=direction,
            at=at,
            attachments=files.get(place, ()),
            message_id=f"IQ-story-{place:02}",
            delivery_status="failed_to_deliver" if place == 3 else None,
        )


def _tell_hebrew(zoom: Sandbox) -> None:
    begin = datetime(2026, 3, 4, 10, tzinfo=timezone.utc)
    people = [Party("97225550100", "נועה לוי"), Party("96515550177", "ليلى حداد")]
    zoom.add_session(owner_id=zoom.users()[1].id, others=people, session_id=HEBREW, at=begin)
    texts = [
        "שלום! הפגישה מחר ב-10:30 בקומה 4?",
        "Yes, 10:30 – floor 4. See you tomorrow.",
        "مرحبا، سأحضر العقد (نسختان) معي.",
        "תודה 🙏 https://example.test/map?floor=4",
    ]
    for place, text in enumerate(texts):
        sender = people[place // 2] if place != 1 else None
        direction = "Out" if place == 1 else "In"
        at = begin + timedelta(minutes=9 * place)
        zoom.add_message(HEBREW, text=text, direction=direction, sender=sender, at=at)


def _tell_long(zoom: Sandbox, count: int) -> None:
    begin = datetime(2026, 1, 5, 7, tzinfo=timezone.utc)
    people = [Party("14155550188", "Night desk")]
    zoom.add_session(owner_id=zoom.users()[2].id, others=people, session_id=LONG, at=begin)
    step = timedelta(days=60) / max(count, 1)
    for place in range(count):
        text = (
            f"Patrol {place + 1}: all doors closed, {place % 7} windows open on level {place % 5}."
        )
        at = begin + place * step
        zoom.add_message(LONG, text=text, direction="In" if place % 3 else "Out", at=at)


def _tell_hostile(zoom: Sandbox) -> None:
    begin = datetime(2026, 3, 5, 3, tzinfo=timezone.utc)
    stranger = Party("12025550199", "<script>document.title='RAN'</script>")
    zoom.add_session(owner_id=zoom.users()[0].id, others=[stranger], session_id=HOSTILE, at=begin)
    for place, text in enumerate(HOSTILE_TEXTS):
        zoom.add_message(HOSTILE, text=text, at=begin + timedelta(minutes=place))
    for name, kind, content in (
        ("picture.svg", "OTHER", SVG),
        ("page.html", "OTHER", HTML),
        ("picture.png", "PNG", SVG),
        ("photo.jpg", "JPG", HTML),
        ("../../.ssh/id_rsa", "OTHER", b"a path"),
        ("javascript:document.title='RAN'", "OTHER", HTML),
    ):
        file = zoom.attachment(content, name=name, type=kind)
        zoom.add_message(
            HOSTILE, text=f"A file: {name}", attachments=[file], at=begin + timedelta(hours=1)
        )
    lost = zoom.attachment(b"", name="lost.jpg", type="JPG", size=2048)
    zoom.add_message(
        HOSTILE, text="A file that is not there.", attachments=[lost], at=begin + timedelta(hours=2)
    )


def _change(zoom: Sandbox) -> None:
    """Change delivery statuses, so that messages have earlier versions."""
    zoom.set_delivery_status("IQ-story-11", "sent")
    zoom.set_delivery_status("IQ-story-05", "failed_to_deliver")
    zoom.add_message(
        STORY,
        text="See you then. Thank you!",
        at=NOW - timedelta(hours=3),
        message_id="IQ-story-12",
    )
