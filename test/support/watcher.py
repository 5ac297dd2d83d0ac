"""A proxy that checks requests and responses against the API description."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import urllib3
import yaml
from openapi_core import OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from werkzeug import Request, Response
from werkzeug.serving import make_server

DESCRIPTION = Path(__file__).parent.parent.parent / "openapi" / "zoom-phone-sms.yaml"
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length"}


class Watcher:
    """Forwards requests to a server, and records everything that the description lacks.

    :param target: the scheme and authority of the server, whose API begins at ``/v2``.
    """

    def __init__(self, target: str) -> None:
        self.complaints: list[str] = []
        self.seen: defaultdict[str, set[str]] = defaultdict(set)
        self._target = target
        self._http = urllib3.PoolManager(retries=False)
        self._server = make_server("127.0.0.1", 0, self._response, threaded=True)
        self.host = f"http://127.0.0.1:{self._server.port}/v2"
        self._spec: dict[str, Any] = yaml.safe_load(DESCRIPTION.read_text())
        self._spec["servers"] = [{"url": self.host}]
        # openapi-core knows no OAuth; what an OAuth client sends is a bearer token.
        self._spec["components"]["securitySchemes"]["OAuth"] = {"type": "http", "scheme": "bearer"}
        self._api = OpenAPI.from_dict(self._spec)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._http.clear()

    def _response(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        # As it was sent: a slash that is part of an id is encoded still.
        environ["PATH_INFO"] = environ["REQUEST_URI"].partition("?")[0]
        request = Request(environ)
        got = self._http.request(
            request.method,
            self._target + environ["REQUEST_URI"],
            body=request.get_data() or None,
            headers={name: value for name, value in request.headers if name != "Host"},
            decode_content=True,
        )
        headers = [
            (name, value)
            for name, value in got.headers.items()
            if name.lower() not in {*HOP_BY_HOP, "content-encoding"}
        ]
        response = Response(got.data, got.status, headers)
        self._validate(request, response)
        return response(environ, start)

    def _validate(self, request: Request, response: Response) -> None:
        request_data, response_data = (
            WerkzeugOpenAPIRequest(request),
            WerkzeugOpenAPIResponse(response),
        )
        where = f"{request.method} {request.full_path} -> {response.status_code}"
        errors = [
            *self._api.iter_request_errors(request_data),
            *self._api.iter_response_errors(request_data, response_data),
        ]
        for error in errors:
            causes = getattr(error.__cause__, "schema_errors", error.__cause__)
            self.complaints.append(f"{where}: {error} {causes}")
        operation = self._operation(request.path)
        if operation is None:
            return
        known = {parameter["name"] for parameter in operation["parameters"]}
        self.seen[operation["operationId"]] |= request.args.keys()
        for name in request.args.keys() - known:
            self.complaints.append(f"{where}: {name} is no parameter")
        for name in request.args:
            if len(request.args.getlist(name)) > 1:
                self.complaints.append(f"{where}: {name} was sent twice")
        codes = operation["responses"].get(str(response.status_code), {}).get("x-zoom-codes")
        if codes is not None and response.get_json()["code"] not in codes:
            self.complaints.append(f"{where}: code {response.get_json()['code']}")

    def _operation(self, path: str) -> dict[str, Any] | None:
        segments = path.removeprefix("/v2").split("/")
        for template, item in self._spec["paths"].items():
            parts = template.split("/")
            if len(parts) == len(segments) and all(
                part.startswith("{") or part == segment
                for part, segment in zip(parts, segments, strict=True)
            ):
                found: dict[str, Any] = item["get"]
                return found
        return None
