"""TLS: trusted authorities, and handshakes within the time limits of the attempt."""

from __future__ import annotations

import errno
import ssl
from importlib import import_module
from typing import TYPE_CHECKING, Any

from swagger_client._wire.deadline import limits_here

if TYPE_CHECKING:
    import socket

    from swagger_client._wire.trust import Trust


class DeadlineContext:
    """An ``ssl.SSLContext`` whose handshakes respect the limits of the attempt.

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
        except OSError as error:
            _close_lost_socket(error)
            raise
        finally:
            handle.close()
        if wrapped.version() is None:  # ssl skips the handshake on a closed connection
            wrapped.close()
            raise ConnectionResetError(errno.ECONNRESET, "the server closed the connection")
        limits.watch(wrapped)
        return wrapped


def _close_lost_socket(error: OSError) -> None:
    """Close the TLS socket that ``ssl`` leaves open when the connection is reset at its start."""
    traceback = error.__traceback__
    while traceback is not None:
        found = traceback.tb_frame.f_locals.get("self")
        if isinstance(found, ssl.SSLSocket):
            found.close()
        traceback = traceback.tb_next


def tls_context(
    trust: Trust,
    *,
    ssl_context: ssl.SSLContext | None = None,
    check_hostname: bool = True,
    cert_file: str | None = None,
    key_file: str | None = None,
) -> DeadlineContext:
    """Return the TLS settings of a client.

    :param ssl_context: used unchanged, instead of one made of the other arguments.
    :param check_hostname: False when urllib3 compares the host name itself.
    :param cert_file: a client certificate, with its key unless there is a ``key_file``.
    """
    if ssl_context is not None:
        return DeadlineContext(ssl_context)
    context = _context_of(trust)
    if not (trust.verify and check_hostname):
        context.check_hostname = False
    if not trust.verify:
        context.verify_mode = ssl.CERT_NONE
    if cert_file:
        context.load_cert_chain(cert_file, key_file)
    return DeadlineContext(context)


def _context_of(trust: Trust) -> ssl.SSLContext:
    if trust.source == "truststore":
        # Imported by its name: type checkers need not have it.
        made: ssl.SSLContext = import_module("truststore").SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return made
    return ssl.create_default_context(cafile=trust.file, capath=trust.folder)
