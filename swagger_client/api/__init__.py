"""The API's methods."""

from swagger_client.api.sms_api import SMSApi as SMSApi

__all__ = ["SMSApi"]
