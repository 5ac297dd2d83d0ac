"""The arguments of the benchmarked calls, and the names of the payloads."""

from __future__ import annotations

RECORDS = 100
SESSION_ID = "35ccd84704253f5f793d0a721c7fe655"
MESSAGE_ID = "IQ-cRH5P5EiTWCwpNzScnECJw"
#: As long as Zoom's are.
TOKEN = "eyJzdiI6IjAwMDAwMSIsImFsZyI6IkhTNTEyIn0." + "0123456789abcdef" * 38

#: The kinds of page: as a listing of an account meets them, with every field there is, and with
#: every field and a kilobyte for each record.
KINDS = ("mixed", "full", "100 kB")
