from __future__ import annotations

from hypothesis import settings

# A slow machine is no failure.
settings.register_profile("swagger_client", deadline=None)
settings.load_profile("swagger_client")
