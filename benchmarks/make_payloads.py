"""Create the payloads: from the sandbox, and with every field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.payloads import RECORDS
from swagger_client import models
from swagger_client.sandbox import Sandbox

#: Of a message's usual length.
WORDS = "The parcel is at the desk, ask for it before six. "


def write(folder: Path) -> None:
    """Write each payload to its own file."""
    folder.mkdir(parents=True, exist_ok=True)
    messages, sessions = _from_sandbox()
    _page(folder / "mixed_messages", "sms_histories", messages)
    _page(folder / "mixed_sessions", "sms_sessions", sessions)
    full = _example(models.InlineResponse20074SmsHistories)
    _page(folder / "full_messages", "sms_histories", [full] * RECORDS)
    full["message"] = WORDS * 5
    full["attachments"][0]["download_url"] += "x" * 128
    _page(folder / "100 kB_messages", "sms_histories", [full] * RECORDS)
    full = _example(models.InlineResponse20073SmsSessions)
    full["participants"] *= 2
    _page(folder / "full_sessions", "sms_sessions", [full] * RECORDS)
    full["participants"] *= 2
    _page(folder / "100 kB_sessions", "sms_sessions", [full] * RECORDS)
    (folder / "small").write_text(_json(messages[0]), encoding="utf-8")


def _page(file: Path, items: str, records: list[Any]) -> None:
    page = {"next_page_token": "2z0Ov7kngllAbfQi4ZR2eQTb3mFVYQpYAe3", "page_size": RECORDS}
    file.write_text(_json({**page, items: records}), encoding="utf-8")


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Zoom sends the first, its description lists the second: generated clients reject the first.
    return text.replace('"JPG/JPEG"', '"JPG"')


def _from_sandbox() -> tuple[list[Any], list[Any]]:
    """Return a hundred messages and a hundred sessions of a sandbox."""
    http = urllib3.PoolManager()
    with Sandbox(seed=7, sessions=160, messages=1600, compress=False) as zoom:
        headers = {"Authorization": f"Bearer {zoom.access_token}"}

        def read(path: str) -> Any:
            response = http.request("GET", f"{zoom.host}/phone/sms/{path}", headers=headers)
            return json.loads(response.data)

        sessions = read("sessions?page_size=100&session_type=all")["sms_sessions"]
        messages: list[Any] = []
        for session in sessions:
            messages += read(f"sessions/{session['session_id']}?page_size=100")["sms_histories"]
    return messages[:RECORDS], sessions[:RECORDS]


def _example(model: type[models.Model]) -> dict[str, Any]:
    """Return an object with every field, with the example values of the API description."""
    made: dict[str, Any] = {}
    for field in model.__fields__:
        if field.model_name is None:
            made[field.key] = field.example
        else:
            held = _example(getattr(models, field.model_name))
            made[field.key] = [held] if field.many else held
    return made
