"""A typed client of the Zoom Phone SMS API.

>>> import swagger_client
>>> configuration = swagger_client.Configuration()
>>> configuration.access_token = "…"
>>> api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
>>> api.account_sms_session(page_size=30)  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from swagger_client import models
from swagger_client._version import __version__
from swagger_client.api import SMSApi
from swagger_client.api_client import ApiClient
from swagger_client.configuration import Configuration
from swagger_client.exceptions import ApiException

if TYPE_CHECKING:
    from swagger_client.models import *  # noqa: F403

__all__ = [  # noqa: PLE0604
    "ApiClient",
    "ApiException",
    "Configuration",
    "SMSApi",
    "__version__",
    *models.__all__,
]


def __getattr__(name: str) -> object:
    """A model, loaded when it is first named."""
    if name in models.__all__:
        return getattr(models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
