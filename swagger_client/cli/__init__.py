"""The command line: ``zoom-sms``, or ``python -m swagger_client``."""

from swagger_client.cli.main import main
from swagger_client.cli.status import DAMAGED, DONE, MISUSE, RESUMABLE

__all__ = ["DAMAGED", "DONE", "MISUSE", "RESUMABLE", "main"]
