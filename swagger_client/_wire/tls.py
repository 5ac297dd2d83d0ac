"""TLS: whom to trust, and handshakes that keep to the limits of their attempt."""

from __future__ import annotations

import errno
import ssl
from typing import TYPE_CHECKING, Any

from swagger_client._wire.deadline import limits_here

if TYPE_CHECKING:
    import socket


class DeadlineContext:
    """An ``ssl.SSLContext`` whose handshakes keep to the limits of the current attempt.

    It delegates to any context, so a user's own context works, under gevent too.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        object.__setattr__(self, "_context", context)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._context, name, value)

    def wrap_socket(self, sock: socket.socket, **options: Any) -> ssl.SSLSocket:
        """Make the handshake of a client.

        :raises ConnectionResetError: when the server has closed the connection already.
        """
        limits = limits_here()
        sock.settimeout(limits.remaining(sock.gettimeout()))
        # The TLS socket takes the descriptor over before its handshake; this one can be aborted.
        handle = sock.dup()
        try:
            limits.watch(handle)
            # An EOF without TLS's close message may be forged: it does not end a body.
            wrapped: ssl.SSLSocket = self._context.wrap_socket(
                sock, **{**options, "suppress_ragged_eofs": False}
            )
        finally:
            handle.close()
        if wrapped.version() is None:  # ssl skips the handshake on a closed connection
            wrapped.close()
            raise ConnectionResetError(errno.ECONNRESET, "the server closed the connection")
        limits.watch(wrapped)
        return wrapped


def tls_context(
    *,
    ca_cert: str | None = None,
    verify: bool = True,
    check_hostname: bool = True,
    cert_file: str | None = None,
    key_file: str | None = None,
) -> DeadlineContext:
    """Return the TLS settings of a client.

    :param ca_cert: a file of certificate authorities; certifi's when it is None.
    :param verify: False accepts any certificate.
    :param check_hostname: False when urllib3 compares the host name itself.
    :param cert_file: a client certificate, with its key unless there is a ``key_file``.
    """
    if ca_cert is None:
        # Imported here: plain HTTP to a sandbox does not need it.
        import certifi

        ca_cert = certifi.where()
    context = ssl.create_default_context(cafile=ca_cert)
    if not (verify and check_hostname):
        context.check_hostname = False
    if not verify:
        context.verify_mode = ssl.CERT_NONE
    if cert_file:
        context.load_cert_chain(cert_file, key_file)
    return DeadlineContext(context)
