"""Create the objects that make up a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from threading import RLock

from .access_tokens import AccessTokens
from .account_data import Account
from .announcer import Announcer
from .clock import Clock
from .downloads import Downloads
from .endpoints import Dialect, Endpoints
from .faults import Faults
from .generate import Size, generate, new_id
from .limits import Limiter
from .oauth_server import Application, OAuth
from .page_tokens import PageTokens
from .records import Attachment
from .service import Service
from .subscriptions import Sender
from .sync import SyncTokens

__all__ = ["Components", "Controls", "Settings", "build"]


@dataclass(frozen=True)
class Settings:
    """The constructor options of a `Sandbox`, which documents each of them."""

    seed: int
    size: Size
    limiter: Limiter
    dialect: Dialect
    page_token_lifetime: float
    access_token_lifetime: float
    download_lifetime: float
    expired_download_status: int
    scopes: tuple[str, ...]
    api_url: str | None
    phone_enabled: bool
    compress: bool
    request_log: int | None
    rest_lag: float


@dataclass(frozen=True)
class Components:
    """The objects that make up a running sandbox. `lock` guards all of them."""

    account: Account
    clock: Clock
    lock: RLock
    rng: Random
    fault_rng: Random
    application: Application
    pages: PageTokens
    sync_tokens: SyncTokens
    access: AccessTokens
    oauth: OAuth
    service: Service
    webhooks: Sender
    announcer: Announcer
    webhook_secret: str
    rest_lag: float


class Controls:
    """The base class of the mixin classes that define the methods of `Sandbox`."""

    @property
    def _components(self) -> Components:
        raise NotImplementedError


def build(settings: Settings, clock: Clock, lock: RLock, origin: Callable[[], str]) -> Components:
    """Generate the account and create the objects that serve it.

    :param origin: a function that returns the start of the sandbox's URLs, such as
        `http://127.0.0.1:8080`.
    """
    rng = Random(f"tokens/{settings.seed}")
    secret = f"secret/{settings.seed}".encode()
    account = generate(settings.seed, settings.size, round(clock.time() * 1000))
    application = Application(account.account_id, new_id(rng), new_id(rng, 24))
    pages = PageTokens(rng, settings.page_token_lifetime)
    sync_tokens = SyncTokens(secret)
    access = AccessTokens(rng)
    oauth = OAuth(
        application,
        access,
        rng,
        scopes=settings.scopes,
        user_id=account.users()[0].id,
        token_lifetime=settings.access_token_lifetime,
    )
    downloads = Downloads(
        account,
        secret,
        lifetime=settings.download_lifetime,
        expired_status=settings.expired_download_status,
    )

    def api_url() -> str:
        return settings.api_url or origin()

    def link_to(attachment: Attachment) -> str:
        return downloads.link(api_url(), attachment, clock.time())

    endpoints = Endpoints(account, pages, sync_tokens, link_to, settings.dialect)
    webhooks = Sender(clock, Random(f"webhooks/{settings.seed}"))
    service = Service(
        clock=clock,
        endpoints=endpoints,
        access=access,
        oauth=oauth,
        downloads=downloads,
        limiter=settings.limiter,
        faults=Faults(),
        lock=lock,
        origin=api_url,
        rng=Random(f"tracking/{settings.seed}"),
        compress=settings.compress,
        phone_enabled=settings.phone_enabled,
        log_limit=settings.request_log,
    )
    fault_rng = Random(f"faults/{settings.seed}")
    return Components(
        account,
        clock,
        lock,
        rng,
        fault_rng,
        application,
        pages,
        sync_tokens,
        access,
        oauth,
        service,
        webhooks,
        Announcer(account, clock, webhooks, link_to),
        new_id(Random(f"webhook secret/{settings.seed}")),
        settings.rest_lag,
    )
