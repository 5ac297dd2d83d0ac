"""The command-line program ``zoom-sms``, also started by ``python -m swagger_client``."""

from swagger_client.cli.exit_status import ExitStatus
from swagger_client.cli.main import main

__all__ = ["ExitStatus", "main"]
