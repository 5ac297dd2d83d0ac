"""``SMSApi``, the class with the methods that call Zoom's API."""

from swagger_client.api.sms_api import SMSApi as SMSApi

__all__ = ["SMSApi"]
