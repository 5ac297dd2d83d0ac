"""A typed client of the Zoom Phone SMS API.

    import swagger_client

    configuration = swagger_client.Configuration()
    configuration.access_token = "YOUR_ACCESS_TOKEN"
    api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
    page = api.account_sms_session(page_size=30)

This package is imported fast, because the module of a model is imported at its first use.
"""

from typing import TYPE_CHECKING

from swagger_client import models as models
from swagger_client import rest as rest
from swagger_client._version import __version__ as __version__
from swagger_client.api import SMSApi as SMSApi
from swagger_client.api_client import ApiClient as ApiClient
from swagger_client.configuration import Configuration as Configuration
from swagger_client.exceptions import ApiException as ApiException

if TYPE_CHECKING:
    from swagger_client.models import *  # noqa: F403
else:
    __all__ = ["ApiClient", "ApiException", "Configuration", "SMSApi"]
    __all__ += models.__all__

    def __getattr__(name):
        if name in models.__all__:
            return getattr(models, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *models.__all__})
