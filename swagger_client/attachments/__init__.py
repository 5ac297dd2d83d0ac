"""Downloads the files that are attached to messages: see ``SMSApi.download_attachment``."""

from swagger_client.attachments._destination import Download

__all__ = ["Download"]
