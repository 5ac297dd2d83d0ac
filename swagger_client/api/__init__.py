"""The API methods: ``SMSApi``."""

from swagger_client.api.sms_api import SMSApi as SMSApi

__all__ = ["SMSApi"]
