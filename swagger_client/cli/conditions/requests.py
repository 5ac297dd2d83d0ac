"""Conditions of requests to Zoom."""

from __future__ import annotations

from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

_INVALID = ExitStatus.INVALID
_UNFINISHED = ExitStatus.UNFINISHED

CREDENTIALS_REJECTED = Condition(
    "credentials-rejected",
    _INVALID,
    "Zoom rejected the credentials: {message}",
    "The account id, client id or client secret is wrong, the app is deactivated, or the access "
    "token has expired.",
    "Compare them with the app's page in Zoom's marketplace, or get a new access token.",
)
MISSING_SCOPES = Condition(
    "missing-scopes",
    _INVALID,
    "The app lacks scopes: {message}",
    "",
    "Add to the app in Zoom's marketplace {scopes}. Then run the command again.",
)
PHONE_NOT_ENABLED = Condition(
    "phone-not-enabled",
    _INVALID,
    "Zoom Phone is not enabled for this account or user: {message}",
    "",
    "Have an administrator assign a Zoom Phone plan.",
)
FORBIDDEN = Condition(
    "forbidden",
    _INVALID,
    "Access was denied: {message}",
    "The app's owner may not read text messages, or a proxy blocks the request.",
    "Check the owner's role in Zoom, and whether a proxy is in between (`zoom-sms doctor`).",
)
BLOCKED = Condition(
    "blocked",
    _UNFINISHED,
    "What rejected the request is not Zoom's API: {message}",
    "A proxy, a gateway or a login portal responded instead, or {host} is not Zoom's API.",
    "Run the command again. If that does not help, check the host and the proxy "
    "(`zoom-sms doctor`).",
)
NOT_FOUND = Condition(
    "not-found",
    _INVALID,
    "Zoom does not know what was requested: {message}",
    "The host is not Zoom's API, or the item was deleted.",
    "Check the host (`zoom-sms doctor`).",
)
BAD_REQUEST = Condition(
    "bad-request",
    _INVALID,
    "Zoom rejected the request: {message}",
    "An argument is outside of what Zoom accepts.",
    "Correct what Zoom's message names. Repeating the request has no effect.",
)
REDIRECTED = Condition(
    "redirected",
    _INVALID,
    "The request was redirected, and the redirect was not followed: {message}",
    "Zoom's API does not redirect. A proxy or a login portal does.",
    "Check the host and the proxy (`zoom-sms doctor`).",
)
RESPONSE_TOO_LARGE = Condition(
    "response-too-large",
    _INVALID,
    "A response is larger than is accepted: {message}",
    "The host is not Zoom's API, or a proxy is in between.",
    "Check the host and the proxy (`zoom-sms doctor`).",
)
UNREADABLE_RESPONSE = Condition(
    "unreadable-response",
    _UNFINISHED,
    "A response could not be read: {message}",
    "A proxy or a login portal may have responded instead of Zoom.",
    "Run the command again. If that does not help, check the host and the proxy "
    "(`zoom-sms doctor`).",
)
PROXY_CREDENTIALS = Condition(
    "proxy-credentials",
    _INVALID,
    "The proxy did not accept the user and password: {message}",
    "The proxy's URL has no user and password, or wrong ones; or the proxy wants another kind of "
    "authentication than Basic.",
    "Put them into the URL: http://user:password@host:port, in HTTPS_PROXY, in the profile or with "
    "--proxy. Write special characters in percent encoding (@ as %40).",
)
PROXY_FORBIDS = Condition(
    "proxy-forbids",
    _INVALID,
    "The proxy does not permit the connection: {message}",
    "The host is not on the proxy's list.",
    "Have the proxy's administrator allow the host, or exclude the host with NO_PROXY.",
)
PROXY_FAILED = Condition(
    "proxy-failed",
    _UNFINISHED,
    "There is no connection through the proxy: {message}",
    "The proxy is down, overloaded or mistyped, or does not reach the host.",
    "Run the command again. If that does not help, check the proxy's URL (`zoom-sms doctor`) and "
    "ask its administrator.",
)
TLS_UNTRUSTED = Condition(
    "tls-untrusted",
    _INVALID,
    "The certificate of {host} is not trusted: {message}",
    "Usually a company's proxy inspects TLS, and its CA is not trusted here.",
    "Name the file of its CA with --ca-file or SSL_CERT_FILE, or install the extra truststore. "
    "`zoom-sms doctor` shows what is trusted.",
)
TLS_OTHER_HOST = Condition(
    "tls-other-host",
    _INVALID,
    "The certificate of {host} belongs to another host: {message}",
    "The host is mistyped, or a login portal or proxy responds in its place.",
    "Check the host and the proxy.",
)
TLS_EXPIRED = Condition(
    "tls-expired",
    _INVALID,
    "The certificate of {host} is not valid now: {message}",
    "This machine's clock is wrong, or the certificate has expired.",
    "Set the clock (NTP), then run the command again.",
)
TLS_FAILED = Condition(
    "tls-failed",
    _INVALID,
    "There is no TLS connection to {host}: {message}",
    "The port does not speak TLS, or a firewall or proxy interferes.",
    "Check host, port, firewall and proxy.",
)
HOST_NOT_FOUND = Condition(
    "host-not-found",
    _UNFINISHED,
    "The name {host} cannot be resolved: {message}",
    "There is no network or no name service, the host is mistyped, or a proxy is needed.",
    "Check the network and the host, then run the command again.",
)
NETWORK_FAILED = Condition(
    "network-failed",
    _UNFINISHED,
    "No complete response from {host}: {message}",
    "The network, a proxy or Zoom interrupted the connection.",
    "Run the command again. If that does not help, check network and proxy.",
)
TIMED_OUT = Condition(
    "timed-out",
    _UNFINISHED,
    "No complete response from {host} in time: {message}",
    "The network or Zoom is slow, or a firewall drops the packets.",
    "Run the command again. If that does not help, check network, firewall and proxy.",
)
RATE_LIMITED = Condition(
    "rate-limited",
    _UNFINISHED,
    "Zoom's rate limit is reached: {message}",
    "This run, or another app of the account, sent more requests than the plan permits.",
    "Run the command again {when}; --plan keeps requests within the plan's rate.",
)
DAILY_LIMIT = Condition(
    "daily-limit",
    _UNFINISHED,
    "Zoom's limit of requests for this day is reached: {message}",
    "All apps of the account share one limit.",
    "Run the command again {when}.",
)
ZOOM_FAILED = Condition(
    "zoom-failed",
    _UNFINISHED,
    "Zoom failed: {message}",
    "An error in Zoom's service.",
    "Run the command again later. If it lasts, look at https://www.zoomstatus.com.",
)
REQUEST_FAILED = Condition(
    "request-failed",
    _UNFINISHED,
    "A request failed: {message}",
    "",
    "Run the command again. If it lasts, give Zoom's support the tracking id.",
)
