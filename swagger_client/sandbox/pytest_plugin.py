"""The former module of the pytest plugin, for environments that still name it."""

from swagger_client_pytest import *  # noqa: F403
