"""Draw the real output of commands as a terminal: `docs/_static/terminal.svg`.

`python -m tools.record_terminal [FILE]` runs the commands on a made-up account.
"""

from __future__ import annotations

import sys
import tempfile
from html import escape
from pathlib import Path

from tools.site_reference import run_command

TARGET = Path(__file__).parent.parent / "docs" / "_static" / "terminal.svg"
COMMANDS = (
    "zoom-sms doctor --sandbox",
    "zoom-sms archive --sandbox --from 2026-11-01 --attachments files --quiet",
    "zoom-sms verify --sandbox",
    "zoom-sms search --sandbox --limit 2 thanks",
)
_COLUMNS, _WIDTH, _HEIGHT, _MARGIN = 100, 8.4, 20, 16


def main(arguments: list[str]) -> int:
    """Draw the terminal; return the exit status."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            lines += [f"$ {command}", *run_command(command, Path(folder)).splitlines(), ""]
    target = Path(*arguments) if arguments else TARGET
    target.write_text(svg(lines[:-1]), encoding="utf-8")
    print(target)
    return 0


def svg(lines: list[str]) -> str:
    """Return lines as an SVG picture of a terminal. Long lines are cut."""
    width = int(_COLUMNS * _WIDTH + 2 * _MARGIN)
    height = len(lines) * _HEIGHT + 2 * _MARGIN
    texts = []
    for number, line in enumerate(lines):
        text = line if len(line) <= _COLUMNS else line[: _COLUMNS - 1] + "…"
        kind = ' class="command"' if line.startswith("$ ") else ""
        y = _MARGIN + (number + 0.75) * _HEIGHT
        place = f'x="{_MARGIN}" y="{y:g}" xml:space="preserve"'
        texts.append(f"<text{kind} {place}>{escape(text)}</text>")
    style = (
        "text{font:14px ui-monospace,Menlo,Consolas,monospace;fill:#d4d8de}.command{fill:#8fd3a8}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    body = "\n".join(texts)
    return (
        f"{head}\n<title>zoom-sms in a terminal</title>\n<style>{style}</style>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#1d2129"/>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
