from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from swagger_client._version import check_extra
from swagger_client.export.names import Names
from swagger_client.web.access import Access
from swagger_client.web.app import Viewer


def serve(
    path: Path,
    *,
    attachments: Path | None = None,
    names: Names,
    zone: ZoneInfo | None,
    listener: socket.socket,
    announce: Callable[[str], object],
) -> None:
    """Serve an archive to a browser on this machine until the process is interrupted.

    :param listener: a socket that listens on the loopback interface.
    """
    check_packages()
    import uvicorn

    viewer = Viewer(path, attachments=attachments, names=names, zone=zone)
    access = Access(viewer.application(), port=listener.getsockname()[1])
    viewer.count()
    config = uvicorn.Config(
        access,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )
    announce(access.address)
    uvicorn.Server(config).run(sockets=[listener])


def check_packages() -> None:
    check_extra("web", "jinja2", "starlette", "uvicorn")
