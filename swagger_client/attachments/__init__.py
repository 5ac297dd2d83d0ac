"""The result of ``SMSApi.download_attachment``."""

from swagger_client.attachments._destination import Download

__all__ = ["Download"]
