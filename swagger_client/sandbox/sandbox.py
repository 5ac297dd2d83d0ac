"""The sandbox: a Zoom Phone account served on loopback."""

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
    """Serve a generated Zoom Phone account on loopback; use it in a `with` block.

    The constructor does nothing: the account is generated on first use, and `start` or the `with`
        block opens the port.

    :param seed: determines the account: the same seed, sizes and time give the same bytes.
    :param clock: the sandbox's clock; real time if None.
    :param now: the initial time if `clock` is None, an aware datetime; the real time if None.
    :param users: people with Zoom Phone; of every five, one is deleted and one inactive.
    :param queues: call queues.
    :param receptionists: auto receptionists.
    :param sessions: conversations of all kinds together.
    :param messages: messages of all conversations together, at least one each.
    :param years: the span of history, ending now.
    :param port: the port to listen on; 0 for any free one.
    :param plan: limit requests as Zoom does on this plan; None for no limit.
    :param daily_limit: requests a day, of all operations together.
    :param labels: rate labels that differ from `medium`, by operation.
    :param retry_after_form: how a 429 writes Retry-After.
    :param rate_limit_headers: whether responses have X-RateLimit headers.
    :param last_page: how the end of a list is marked: an empty token, null, or no key.
    :param details_token_field: the field that holds the page token of sms_session_details.
    :param list_token_field: the field that holds the page token of the two lists.
    :param list_spans: what the two lists cover of a span longer than a month: its first month, its
        last month, or all of it. Zoom does not document which.
    :param details_spans: the same for sms_session_details; with `all`, it returns the whole
        conversation when a request has no span.
    :param omitted_session_types: the session types that lists leave out when asked for `all`.
    :param legacy_sessions: whether sessions lack `session_type` and `is_session_owner`, as in
        Zoom's older examples.
    :param rest_lag: how long the API does not know a session that `add_session` or `add_message`
        starts, in seconds; its events come at once.
    :param require_count: whether sms_session_sync rejects a request without `count`.
    :param sync_error_status: the HTTP status of invalid sync tokens; None for 400 on a
        session's sync and 404 on a user's.
    :param page_token_lifetime: in seconds.
    :param access_token_lifetime: in seconds.
    :param download_lifetime: validity of an attachment's URL, in seconds.
    :param expired_download_status: the HTTP status of an expired attachment URL.
    :param scopes: the scopes of tokens; all scopes of the six operations if None.
    :param api_url: the `api_url` in token responses; this sandbox's address if None.
    :param phone_enabled: whether the account has Zoom Phone; if not, every operation returns 403.
    :param compress: whether long responses are gzipped for clients that accept it.
    :param request_log: how many requests `requests` keeps; None for all.
    :param tls: serve https with this context.
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
        """Open the port, and return the sandbox itself.

        After `stop`, this serves the same account on the same port again.

        :raises OSError: if the port cannot be opened.
        """
        if self._server is None:
            self._server = Server(self._components.service.handle, port=self._port, tls=self._tls)
            self._port = self._server.port
            self._components.webhooks.start()
        return self

    def stop(self) -> None:
        """Close the port and all connections; the account stays readable."""
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
        """The scheme and authority, such as `http://127.0.0.1:8080`."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running; start it with a with block or start()")
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{self._server.address}:{self._server.port}"

    @property
    def host(self) -> str:
        """The base of the API, such as `http://127.0.0.1:8080/v2`."""
        return f"{self.origin}/v2"

    @property
    def token_url(self) -> str:
        """The OAuth token endpoint."""
        return f"{self.origin}/oauth/token"

    @property
    def authorize_url(self) -> str:
        """The consent page, which consents at once and redirects with a code."""
        return f"{self.origin}/oauth/authorize"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lead `Configuration.from_env` and `zoom-sms` here."""
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
        """A valid bearer token; the same one until it expires or is revoked."""
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

        :param scopes: the token's scopes; the sandbox's default if None.
        :param user_id: the user that `me` refers to; the first one if None.
        :param lifetime: in seconds; the sandbox's default if None.
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
        """Consent as a user in a browser would.

        :returns: the authorization code, valid once, for 5 minutes.
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
        """Consent to a device as its user would.

        :raises KeyError: if no device shows this code.
        """
        with self._components.lock:
            self._components.oauth.approve_device(user_code)
