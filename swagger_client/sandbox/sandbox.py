"""The class `Sandbox`, which starts, stops and configures a sandbox."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import RLock
from typing import Literal

from . import access_tokens
from .account_controls import AccountControls
from .clock import Clock
from .components import Components, Settings, build
from .endpoints import Dialect, LastPage, TokenField
from .fault_controls import FaultControls
from .generate import Size
from .limits import Label, Limiter, Plan, RetryAfterForm
from .parameters import Spans
from .server import Server
from .webhook_controls import WebhookControls

__all__ = ["Sandbox"]


class Sandbox(AccountControls, FaultControls, WebhookControls):
    """A server of a made-up Zoom Phone account on 127.0.0.1. Use it in a `with` block.

    The constructor opens nothing. `start` or the `with` block opens the port, and the account is
    generated on first use.

    :param seed: determines the generated account. Sandboxes with the same seed, the same sizes
        and the same time have the same account.
    :param clock: the clock of the sandbox; None creates a clock that follows real time.
    :param now: the initial time of that new clock, an aware datetime; the real time if None.
    :param users: the number of users with Zoom Phone. Of every five, one is deleted and one is
        inactive.
    :param queues: the number of call queues.
    :param receptionists: the number of auto receptionists.
    :param sessions: the number of conversations, of all types together.
    :param messages: the number of messages, in all conversations together. Every conversation has
        at least one.
    :param years: the age of the oldest messages in years.
    :param port: the port to listen on; 0 selects a free port.
    :param plan: apply the rate limits of this Zoom plan; None applies no limit.
    :param daily_limit: the number of requests a day, all operations together.
    :param labels: the rate labels by operation; an operation without an entry has the label
        `medium`.
    :param retry_after_form: the format of the Retry-After header of a 429 response.
    :param rate_limit_headers: whether responses have X-RateLimit headers.
    :param last_page: how the last page says that there is no further page: its page token is an
        empty text, is null, or is missing.
    :param details_token_field: the field that holds the page token of `sms_session_details`.
    :param list_token_field: the field that holds the page token of `account_sms_session` and
        `user_sms_session`.
    :param list_spans: the part of the date range that `account_sms_session` and `user_sms_session`
        return if `from` and `to` are over a month apart: the first month, the last month, or all.
        Zoom does not document which part.
    :param details_spans: the same for `sms_session_details`. With `all`, a request without `from`
        and `to` returns the whole conversation.
    :param omitted_session_types: session types that a list with `session_type=all` leaves out.
    :param legacy_sessions: True omits `session_type` and `is_session_owner`, like Zoom's older
        examples.
    :param rest_lag: after how many seconds the API returns a new session. Webhook events about the
        session are sent at once. There is no delay for the sessions of the generated account.
    :param require_count: True makes `sms_session_sync` reject requests without `count`.
    :param sync_error_status: the HTTP status for an invalid sync token. None uses 400 for a
        session and 404 for a user.
    :param page_token_lifetime: seconds for which a page token is valid.
    :param access_token_lifetime: seconds for which an access token is valid.
    :param download_lifetime: seconds for which the download URL of an attachment is valid.
    :param expired_download_status: the HTTP status for an expired download URL.
    :param scopes: the scopes of tokens; all scopes of the six operations if None.
    :param api_url: the `api_url` in token responses, at which download URLs begin too; the
        sandbox's own address if None.
    :param phone_enabled: False makes every operation respond with status 403.
    :param compress: True compresses long responses if the client accepts gzip.
    :param request_log: the number of requests that `requests` keeps; None keeps all.
    :param tls: serve HTTPS with this context; None serves HTTP.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        now: datetime | None = None,
        users: int = 6,
        queues: int = 2,
        receptionists: int = 1,
        sessions: int = 16,
        messages: int = 240,
        years: float = 0.5,
        port: int = 0,
        plan: Plan | None = None,
        daily_limit: int | None = None,
        labels: Mapping[str, Label] | None = None,
        retry_after_form: RetryAfterForm = "iso",
        rate_limit_headers: bool = True,
        last_page: LastPage = "empty",
        details_token_field: TokenField = "next_page_token",
        list_token_field: TokenField = "next_page_token",
        list_spans: Spans = "first_month",
        details_spans: Spans = "first_month",
        omitted_session_types: Iterable[str] = (),
        legacy_sessions: bool = False,
        rest_lag: float = 0.0,
        require_count: bool = False,
        sync_error_status: Literal[400, 404] | None = None,
        page_token_lifetime: float = 900,
        access_token_lifetime: float = 3600,
        download_lifetime: float = 900,
        expired_download_status: int = 403,
        scopes: Iterable[str] | None = None,
        api_url: str | None = None,
        phone_enabled: bool = True,
        compress: bool = True,
        request_log: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.clock = clock or Clock(start=now)
        self._settings = Settings(
            seed=seed,
            size=Size(users, queues, receptionists, sessions, messages, years),
            limiter=Limiter(
                plan, daily_limit, dict(labels or {}), retry_after_form, rate_limit_headers
            ),
            dialect=Dialect(
                last_page=last_page,
                details_token_field=details_token_field,
                list_token_field=list_token_field,
                list_spans=list_spans,
                details_spans=details_spans,
                omitted_session_types=frozenset(omitted_session_types),
                legacy_sessions=legacy_sessions,
                require_count=require_count,
                sync_error_status=sync_error_status,
            ),
            page_token_lifetime=page_token_lifetime,
            access_token_lifetime=access_token_lifetime,
            download_lifetime=download_lifetime,
            expired_download_status=expired_download_status,
            scopes=access_tokens.ALL_SCOPES if scopes is None else tuple(scopes),
            api_url=api_url,
            phone_enabled=phone_enabled,
            compress=compress,
            request_log=request_log,
            rest_lag=rest_lag,
        )
        self._port = port
        self._tls = tls
        self._lock = RLock()
        self._server: Server | None = None
        self._built: Components | None = None
        self._access_token = ""

    # Start and stop.

    def start(self) -> Sandbox:
        """Open the port and return the sandbox itself.

        After `stop`, this method opens the same port again, and serves the same account.

        :raises OSError: if the port cannot be opened.
        """
        if self._server is None:
            self._server = Server(self._components.service.handle, port=self._port, tls=self._tls)
            self._port = self._server.port
            self._components.webhooks.start()
        return self

    def stop(self) -> None:
        """Close the port and all connections. The account stays readable."""
        server, self._server = self._server, None
        if server is not None:
            self._components.webhooks.stop()
            server.stop()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _components(self) -> Components:
        with self._lock:
            if self._built is None:
                self._built = build(self._settings, self.clock, self._lock, lambda: self.origin)
            return self._built

    # Addresses and credentials.

    @property
    def origin(self) -> str:
        """The start of the sandbox's URLs, such as `http://127.0.0.1:8080`."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running. Use a `with` block or call start()")
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{self._server.address}:{self._server.port}"

    @property
    def host(self) -> str:
        """The base URL of the API, such as `http://127.0.0.1:8080/v2`."""
        return f"{self.origin}/v2"

    @property
    def token_url(self) -> str:
        """The URL of the OAuth token endpoint."""
        return f"{self.origin}/oauth/token"

    @property
    def authorize_url(self) -> str:
        """The URL of the consent page.

        The sandbox asks nobody: the page redirects to the app at once, with an authorization code.
        """
        return f"{self.origin}/oauth/authorize"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that let a program use this sandbox.

        `Configuration.from_env` and `zoom-sms` read these variables.
        """
        return {
            "ZOOM_API_HOST": self.host,
            "ZOOM_TOKEN_URL": self.token_url,
            "ZOOM_ACCOUNT_ID": self.account_id,
            "ZOOM_CLIENT_ID": self.client_id,
            "ZOOM_CLIENT_SECRET": self.client_secret,
            "ZOOM_WEBHOOK_SECRET": self.webhook_secret,
        }

    @property
    def account_id(self) -> str:
        """The account id for server-to-server OAuth."""
        return self._components.application.account_id

    @property
    def client_id(self) -> str:
        """The client id of the OAuth app."""
        return self._components.application.client_id

    @property
    def client_secret(self) -> str:
        """The client secret of the OAuth app."""
        return self._components.application.client_secret

    @property
    def access_token(self) -> str:
        """A valid bearer token, which stays the same until it expires or is revoked."""
        with self._components.lock:
            if not self._components.access.is_live(self.clock.time(), self._access_token):
                self._access_token = self.issue_token()
            return self._access_token

    def issue_token(
        self,
        *,
        scopes: Iterable[str] | None = None,
        user_id: str | None = None,
        lifetime: float | None = None,
    ) -> str:
        """Return a new bearer token.

        :param scopes: the scopes of the token; the sandbox's `scopes` if None.
        :param user_id: the id of the user for whom `me` stands in the path of a request; the first
            user if None.
        :param lifetime: how long the token is valid, in seconds; `access_token_lifetime` if None.
        """
        with self._components.lock:
            return self._components.access.issue(
                self.clock.time(),
                self._settings.scopes if scopes is None else scopes,
                user_id or self._components.oauth.user_id,
                self._settings.access_token_lifetime if lifetime is None else lifetime,
            )

    def authorize(
        self,
        *,
        code_challenge: str | None = None,
        code_challenge_method: Literal["S256", "plain"] = "S256",
        redirect_uri: str | None = None,
        scopes: Iterable[str] | None = None,
        user_id: str | None = None,
    ) -> str:
        """Give consent as a user in a browser would.

        :param code_challenge: the PKCE challenge that the token request must match.
        :param code_challenge_method: how the challenge is computed from the verifier.
        :param redirect_uri: the redirect URI that the token request must repeat.
        :param scopes: the scopes of the token; the sandbox's `scopes` if None.
        :param user_id: the user who gives consent; the first user if None.
        :returns: an authorization code that is valid once, for 5 minutes.
        """
        with self._components.lock:
            return self._components.oauth.authorize(
                self.clock.time(),
                challenge=code_challenge,
                method=code_challenge_method,
                redirect_uri=redirect_uri,
                scopes=scopes,
                user_id=user_id,
            )

    def approve_device(self, user_code: str) -> None:
        """Give consent to a device as its user would.

        :raises KeyError: if no device shows this code.
        """
        with self._components.lock:
            self._components.oauth.approve_device(user_code)
