"""The viewer as a Starlette application. Each request opens the archive."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from swagger_client._version import check_extra
from swagger_client.archive import Archive, ArchiveError, Filters
from swagger_client.export.job import Job, describe
from swagger_client.export.names import Names
from swagger_client.export.render import Renderer
from swagger_client.export.source import Source
from swagger_client.export.transcript import Transcriber
from swagger_client.web import pages
from swagger_client.web.access import Access
from swagger_client.web.context import Html, NotFoundError, PageContext, files_of
from swagger_client.web.overview import Overview

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_PAGES: dict[str, Callable[[Request, PageContext], Html | Response]] = {
    "/": pages.start,
    "/conversations": pages.conversations,
    "/conversation": pages.conversation,
    "/message": pages.message,
    "/search": pages.search,
    "/file": pages.file,
}


class Viewer:
    def __init__(
        self, path: Path, *, attachments: Path | None, names: Names, zone: ZoneInfo | None
    ) -> None:
        self._path = path
        self._attachments = attachments
        self._names = names
        self._zone = zone
        self._renderer = Renderer("swagger_client.web", extra="web")
        self._overview = Overview(path, attachments, zone)

    def count(self) -> None:
        """Count the messages of the archive in advance, so that the first page is fast."""
        self._overview.counts()

    def application(self) -> Starlette:
        from starlette.applications import Starlette
        from starlette.routing import Route

        routes = [Route(path, partial(self._respond, page)) for path, page in _PAGES.items()]
        return Starlette(
            routes=[*routes, Route("/favicon.ico", _no_icon)],
            exception_handlers={404: self._no_page},
        )

    def _respond(
        self, page: Callable[[Request, PageContext], Html | Response], request: Request
    ) -> Response:
        try:
            with self._open_context() as context:
                made = page(request, context)
                incomplete = not context.overview.counts().coverage.complete
                # Render while the archive is open, because templates read from iterators.
                return (
                    self._response(made, incomplete=incomplete) if isinstance(made, Html) else made
                )
        except NotFoundError as error:
            return self._problem("Not found", str(error), 404)
        except (ValueError, ArchiveError) as error:
            return self._problem("This page cannot be shown", str(error), 400)

    async def _no_page(self, request: Request, error: Exception) -> Response:
        return self._problem("Not found", "There is no such page.", 404)

    @contextmanager
    def _open_context(self) -> Iterator[PageContext]:
        with (
            Archive(self._path, attachments=self._attachments) as archive,
            Source(archive, Filters()) as source,
        ):
            statement = describe(source, Filters(), self._zone, self._names)
            job = Job(source, statement, self._names, self._zone)
            transcriber = Transcriber(job, partial(files_of, source.folder))
            yield PageContext(source, job, transcriber, self._overview)

    def _response(self, page: Html, *, incomplete: bool = False) -> Response:
        from starlette.responses import HTMLResponse

        zone = f"Times in {self._zone.key if self._zone else 'UTC'}."
        values = {**page.values, "zone": zone, "incomplete": incomplete}
        made = self._renderer.render(page.template, values, scripts=page.scripts)
        policy = f"{made.policy}; frame-ancestors 'none'"
        return HTMLResponse(made.text, page.status, {"content-security-policy": policy})

    def _problem(self, title: str, problem: str, status: int) -> Response:
        values: dict[str, object] = {"title": title, "problem": problem, "place": ""}
        return self._response(Html("problem", values, status=status))


async def _no_icon(request: Request) -> Response:
    """Return an empty response for the icon, so that browsers do not log an error."""
    from starlette.responses import Response

    return Response(status_code=204)


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
