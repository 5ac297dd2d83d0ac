"""The command line: ``zoom-sms``, or ``python -m swagger_client``."""

from swagger_client.cli.main import DAMAGED, DONE, MISUSE, RESUMABLE, main

__all__ = ["DAMAGED", "DONE", "MISUSE", "RESUMABLE", "main"]
