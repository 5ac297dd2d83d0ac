"""Keep the old import path of the pytest plugin `swagger_client_pytest`."""

from swagger_client_pytest import *  # noqa: F403
