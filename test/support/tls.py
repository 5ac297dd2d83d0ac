"""Certificates for loopback, valid and invalid, from a temporary certificate authority."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path

import trustme


class Authority:
    """A certificate authority. ``ca_cert`` is the file that makes a client trust it."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.ca_cert = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.ca_cert)

    def context(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """Return a server's TLS context with a certificate for ``names``."""
        ends = datetime.now(timezone.utc) - timedelta(days=1) if expired else None
        begins = None if ends is None else ends - timedelta(days=30)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names, not_before=begins, not_after=ends).configure_cert(context)
        return context

    def client(self, path: Path) -> str:
        """Return a file with a client certificate and its key."""
        self._ca.issue_cert("client@zoom.test").private_key_and_cert_chain_pem.write_to_path(
            str(path)
        )
        return str(path)
