from __future__ import annotations

import re

#: A North American number without its country code.
_NATIONAL = re.compile("[2-9][0-9]{2}[2-9][0-9]{6}")


def e164(number: object) -> str | None:
    """Return a phone number in E.164 form, or None if its country code is uncertain."""
    text = number if isinstance(number, str) else ""
    if text.startswith("+"):
        text = text.replace("(0)", "", 1)  # the digit that is only dialled without country code
    digits = re.sub(r"[\s().-]", "", text.removeprefix("+"))
    if not re.fullmatch("[1-9][0-9]{6,14}", digits):
        return None
    if text.startswith("+"):
        return f"+{digits}"
    return None if len(digits) < 10 or _NATIONAL.fullmatch(digits) else f"+{digits}"
