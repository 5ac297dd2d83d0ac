from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from swagger_client._security.frames import hide_locals
from swagger_client._security.regular_file import open_regular_file


class Trust(NamedTuple):
    """The certificate authorities that a client trusts, and the setting that selects them.

    :ivar source: the setting: ``configuration.ssl_context``, ``configuration.ssl_ca_cert``, the
        name of an environment variable, ``truststore`` (the operating system's certificates) or
        ``certifi``.
    :ivar file: the path of a file with certificate authorities.
    :ivar folder: the path of a folder with certificate authorities, as ``c_rehash`` creates it.
    :ivar verify: whether certificates are verified. If False, any certificate is accepted.
    """

    source: str
    file: str | None = None
    folder: str | None = None
    verify: bool = True

    def new_context(self) -> ssl.SSLContext:
        if self.source == "truststore":
            # import_module hides the optional package from type checkers.
            made: ssl.SSLContext = import_module("truststore").SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            return made
        try:
            return ssl.create_default_context(cafile=self.file, capath=self.folder)
        except ssl.SSLError:
            raise ValueError(
                f"{self.source} names {self.file}, which contains no certificate, or a damaged "
                "one. Name a file in PEM format, with lines like -----BEGIN CERTIFICATE-----"
            ) from None

    def __str__(self) -> str:
        if not self.verify:
            return "any certificate (configuration.verify_ssl is False)"
        path = self.file or self.folder
        return f"{path} ({self.source})" if path else _NAMES.get(self.source, self.source)


_NAMES = {
    "configuration.ssl_context": "configuration.ssl_context",
    "truststore": "the operating system's store (truststore)",
}


@hide_locals
def find_trust(
    *,
    ssl_context: ssl.SSLContext | None = None,
    ca_cert: str | None = None,
    verify: bool = True,
    environment: Mapping[str, str] | None = None,
) -> Trust:
    """Select the certificate authorities that a client trusts.

    The first of these that is set is used: ``ssl_context``; ``ca_cert``; the environment variables
    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``; the environment variable ``REQUESTS_CA_BUNDLE``; the
    operating system's certificates, if ``truststore`` is installed; certifi.

    :raises ValueError: if a variable is the path of a file that does not exist or cannot be read.
    """
    if ssl_context is not None:
        return Trust("configuration.ssl_context", verify=ssl_context.verify_mode != ssl.CERT_NONE)
    if ca_cert:
        return Trust("configuration.ssl_ca_cert", ca_cert, verify=verify)
    variables = environment or {}
    file, folder = variables.get("SSL_CERT_FILE"), variables.get("SSL_CERT_DIR")
    if file or folder:
        source = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        _check_exists(source, file or folder)
        if file:
            _check_readable(source, file)
        # Some distributions set SSL_CERT_DIR to a folder that does not exist.
        return Trust(
            source, file or None, folder if folder and os.path.isdir(folder) else None, verify
        )
    bundle = variables.get("REQUESTS_CA_BUNDLE")
    if bundle:
        _check_exists("REQUESTS_CA_BUNDLE", bundle)
        if os.path.isdir(bundle):
            return Trust("REQUESTS_CA_BUNDLE", folder=bundle, verify=verify)
        _check_readable("REQUESTS_CA_BUNDLE", bundle)
        return Trust("REQUESTS_CA_BUNDLE", bundle, verify=verify)
    if find_spec("truststore") is not None:
        return Trust("truststore", verify=verify)
    # Imported here, because plain HTTP, as with a sandbox, does not need it.
    import certifi

    return Trust("certifi", certifi.where(), verify=verify)


def _check_exists(variable: str, path: str | None) -> None:
    if path is None or not os.path.exists(path):
        raise ValueError(
            f"{variable} names {path}, which does not exist. Correct or unset the variable"
        )


def _check_readable(variable: str, path: str) -> None:
    try:
        open_regular_file(path, follow_links=True).close()
    except OSError as error:
        raise ValueError(
            f"{variable} names {path}, which cannot be read ({error.strerror}). Correct or unset "
            "the variable"
        ) from None
