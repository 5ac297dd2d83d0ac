from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

CREDENTIALS_REJECTED = Condition(
    "credentials-rejected",
    ExitStatus.INVALID,
    "Zoom rejected the credentials: {message}",
    "Compare the credentials with the app's page in Zoom's marketplace, or get a new access token.",
    "The account id, client id or client secret is wrong, the app is deactivated, or the access "
    "token has expired.",
)
LOGIN_REJECTED = Condition(
    "login-rejected",
    ExitStatus.INVALID,
    "Zoom rejected the login: {message}",
    "Run `zoom-sms login` again.",
    "The user withdrew the consent, the login is too old, another program used its token, or the "
    "app is deactivated.",
)
MISSING_SCOPES = Condition(
    "missing-scopes",
    ExitStatus.INVALID,
    "The app lacks scopes: {message}",
    "In Zoom's marketplace, add these scopes to the app: {scopes}. Then run the command again.",
)
PHONE_NOT_ENABLED = Condition(
    "phone-not-enabled",
    ExitStatus.INVALID,
    "Zoom Phone is not enabled for this account or user: {message}",
    "Have an administrator assign a Zoom Phone plan.",
)
FORBIDDEN = Condition(
    "forbidden",
    ExitStatus.INVALID,
    "Access was denied: {message}",
    "Check the owner's role in Zoom, and the proxy (`zoom-sms doctor`).",
    "The app's owner has no permission to read text messages, or a proxy blocks the request.",
)
BLOCKED = Condition(
    "blocked",
    ExitStatus.UNFINISHED,
    "The request was rejected, but not by Zoom's API: {message}",
    "Run the command again. If that does not help, check the host and the proxy "
    "(`zoom-sms doctor`).",
    "A proxy, a gateway or a login portal responded, or {host} is not Zoom's API.",
)
NOT_FOUND = Condition(
    "not-found",
    ExitStatus.INVALID,
    "Zoom found no such item: {message}",
    "Check the host (`zoom-sms doctor`).",
    "The item was deleted, or the host is not Zoom's API.",
)
BAD_REQUEST = Condition(
    "bad-request",
    ExitStatus.INVALID,
    "Zoom rejected the request: {message}",
    "Correct the value that Zoom's message names. Repeating the request has no effect.",
    "Zoom does not accept a value in the request.",
)
REDIRECTED = Condition(
    "redirected",
    ExitStatus.INVALID,
    "The request was redirected, and the redirect was not followed: {message}",
    "Check the host and the proxy (`zoom-sms doctor`).",
    "A proxy or a login portal redirects requests. Zoom's API does not.",
)
RESPONSE_TOO_LARGE = Condition(
    "response-too-large",
    ExitStatus.INVALID,
    "A response is above the size limit: {message}",
    "Check the host and the proxy (`zoom-sms doctor`).",
    "The host is not Zoom's API, or a proxy responded.",
)
UNREADABLE_RESPONSE = Condition(
    "unreadable-response",
    ExitStatus.UNFINISHED,
    "A response could not be read: {message}",
    "Run the command again. If that does not help, check the host and the proxy "
    "(`zoom-sms doctor`).",
    "Perhaps a proxy or a login portal responded instead of Zoom.",
)
PROXY_CREDENTIALS = Condition(
    "proxy-credentials",
    ExitStatus.INVALID,
    "The proxy did not accept the user and password: {message}",
    "Correct the proxy's URL in HTTPS_PROXY, in the profile or in --proxy: "
    "http://user:password@host:port. Percent-encode special characters (@ as %40).",
    "The user and password in the proxy's URL are missing or wrong, or the proxy does not accept "
    "Basic authentication.",
)
PROXY_FORBIDS = Condition(
    "proxy-forbids",
    ExitStatus.INVALID,
    "The proxy does not permit the connection: {message}",
    "Have the proxy's administrator allow the host, or exclude the host with NO_PROXY.",
    "The host is not on the proxy's list of allowed hosts.",
)
PROXY_FAILED = Condition(
    "proxy-failed",
    ExitStatus.UNFINISHED,
    "The connection through the proxy failed: {message}",
    "Run the command again. If that does not help, check the proxy's URL (`zoom-sms doctor`) and "
    "ask its administrator.",
    "The proxy is down, overloaded or mistyped, or cannot reach the host.",
)
TLS_UNTRUSTED = Condition(
    "tls-untrusted",
    ExitStatus.INVALID,
    "The certificate of {host} is not trusted: {message}",
    "Name the CA's file with --ca-file or SSL_CERT_FILE, or install the extra truststore. "
    "`zoom-sms doctor` shows the trusted CA file.",
    "Usually a company's proxy inspects TLS, and this machine does not trust the proxy's CA.",
)
TLS_OTHER_HOST = Condition(
    "tls-other-host",
    ExitStatus.INVALID,
    "The certificate of {host} belongs to another host: {message}",
    "Check the host and the proxy.",
    "The host is mistyped, or a login portal or proxy responded.",
)
TLS_EXPIRED = Condition(
    "tls-expired",
    ExitStatus.INVALID,
    "The certificate of {host} is not valid now: {message}",
    "Set the clock (NTP), then run the command again.",
    "This machine's clock is wrong, or the certificate has expired.",
)
TLS_FAILED = Condition(
    "tls-failed",
    ExitStatus.INVALID,
    "The TLS connection to {host} failed: {message}",
    "Check host, port, firewall and proxy.",
    "The server does not use TLS on this port, or a firewall or proxy blocks it.",
)
HOST_NOT_FOUND = Condition(
    "host-not-found",
    ExitStatus.UNFINISHED,
    "The name {host} cannot be resolved: {message}",
    "Check the network and the host, then run the command again.",
    "The network or the name service is down, the host is mistyped, or a proxy is needed.",
)
NETWORK_FAILED = Condition(
    "network-failed",
    ExitStatus.UNFINISHED,
    "The response from {host} is missing or incomplete: {message}",
    "Run the command again. If that does not help, check network and proxy.",
    "The network, a proxy or Zoom interrupted the connection.",
)
TIMED_OUT = Condition(
    "timed-out",
    ExitStatus.UNFINISHED,
    "The response from {host} did not arrive in time: {message}",
    "Run the command again. If that does not help, check network, firewall and proxy.",
    "The network or Zoom is slow, or a firewall drops the packets.",
)
RATE_LIMITED = Condition(
    "rate-limited",
    ExitStatus.UNFINISHED,
    "Zoom's rate limit is reached: {message}",
    "Run the command again {when}. With --plan, requests stay within the plan's rate.",
    "This run, or another app of the account, sent more requests than the plan permits.",
)
DAILY_LIMIT = Condition(
    "daily-limit",
    ExitStatus.UNFINISHED,
    "Zoom's daily limit of requests is reached: {message}",
    "Run the command again {when}.",
    "All apps of the account share one limit.",
)
ZOOM_FAILED = Condition(
    "zoom-failed",
    ExitStatus.UNFINISHED,
    "Zoom failed: {message}",
    "Run the command again later. If the error persists, see https://www.zoomstatus.com.",
    "Zoom's service has an error.",
)
REQUEST_FAILED = Condition(
    "request-failed",
    ExitStatus.UNFINISHED,
    "A request failed: {message}",
    "Run the command again. If the error persists, send the tracking id to Zoom's support.",
)
