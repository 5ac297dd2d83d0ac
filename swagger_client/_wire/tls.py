from __future__ import annotations

import errno
import ssl
from typing import TYPE_CHECKING, Any

from swagger_client._wire.deadline import limits_here

if TYPE_CHECKING:
    import socket

    from swagger_client._wire.trust import Trust


class DeadlineContext:
    """Wraps an ``ssl.SSLContext``: its handshakes respect the request attempt's time limits.

    All attributes except ``wrap_socket`` are those of the wrapped context.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        object.__setattr__(self, "_context", context)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._context, name, value)

    def wrap_socket(self, sock: socket.socket, **options: Any) -> ssl.SSLSocket:
        """Do the TLS handshake, as the client, and return the TLS socket."""
        limits = limits_here()
        sock.settimeout(limits.remaining(sock.gettimeout()))
        # To abort the handshake, a duplicate is needed: wrap_socket takes the descriptor of `sock`.
        handle = sock.dup()
        try:
            limits.watch(handle)
            # An EOF without a TLS close message may be an attacker's, so it must be an error.
            wrapped: ssl.SSLSocket = self._context.wrap_socket(
                sock, **{**options, "suppress_ragged_eofs": False}
            )
        except OSError as error:
            _close_lost_socket(error)
            raise
        finally:
            handle.close()
        if wrapped.version() is None:  # ssl does no handshake on a closed connection
            wrapped.close()
            raise ConnectionResetError(errno.ECONNRESET, "the server closed the connection")
        limits.watch(wrapped)
        return wrapped


def _close_lost_socket(error: OSError) -> None:
    """Close the TLS socket that ``ssl`` leaves open if the connection is reset.

    Only the error's traceback still refers to that socket, so the socket is searched there.
    """
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
    """Return the TLS context of a client.

    :param ssl_context: a context to use unchanged, instead of one with the other settings.
    :param check_hostname: whether the context checks the host name. False if urllib3 checks it.
    :param key_file: the path of the certificate's private key, if the key is not in ``cert_file``.
    """
    if ssl_context is not None:
        return DeadlineContext(ssl_context)
    context = trust.new_context()
    if not (trust.verify and check_hostname):
        context.check_hostname = False
    if not trust.verify:
        context.verify_mode = ssl.CERT_NONE
    if cert_file:
        try:
            context.load_cert_chain(cert_file, key_file)
        except ssl.SSLError as error:
            files = " and ".join(filter(None, (cert_file, key_file)))
            raise ValueError(
                f"the client certificate in {files} cannot be used: {error.reason or error}"
            ) from None
    return DeadlineContext(context)
