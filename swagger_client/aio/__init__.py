"""The asyncio versions of ``ApiClient`` and ``SMSApi``."""

from swagger_client.aio._api import AsyncSMSApi
from swagger_client.aio._client import AsyncApiClient

__all__ = ["AsyncApiClient", "AsyncSMSApi"]
