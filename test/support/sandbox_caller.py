"""A plain HTTP client for tests of the sandbox, independent of the tested client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import urllib3

from swagger_client.sandbox import Clock, Sandbox

NOW = datetime(2026, 7, 15, 12, 0, 0, tzinfo=timezone.utc)


def frozen(**options: Any) -> Sandbox:
    """Return a sandbox whose clock is frozen at NOW."""
    return Sandbox(clock=Clock(frozen=True, start=NOW), **options)


class Caller:
    """GET and POST against one sandbox over kept-alive connections, without retries."""

    def __init__(self, zoom: Sandbox) -> None:
        self.zoom = zoom
        self.http = urllib3.PoolManager(retries=False, timeout=10)

    def get(self, path: str, *, token: str | None = None, **query: Any) -> Any:
        """GET a path under the base with the sandbox's token."""
        fields = {name.strip("_"): str(value) for name, value in query.items()}
        return self.http.request(
            "GET",
            self.zoom.host + path,
            fields=fields,
            headers={"Authorization": f"Bearer {token or self.zoom.access_token}"},
        )

    def json(self, path: str, **query: Any) -> Any:
        """GET a path, expect a 200 and return its JSON."""
        response = self.get(path, **query)
        assert response.status == 200, response.data
        return response.json()

    def error(self, path: str, *, token: str | None = None, **query: Any) -> tuple[int, int]:
        """GET a path and return the HTTP status and the code of its error."""
        response = self.get(path, token=token, **query)
        body = response.json()
        assert isinstance(body["message"], str)
        assert response.headers["x-zm-trackingid"]
        return response.status, body["code"]

    def post(
        self, path: str, form: dict[str, str], *, client: tuple[str, str] | None = None
    ) -> Any:
        """POST a form with the sandbox's client credentials, or others."""
        name, secret = client or (self.zoom.client_id, self.zoom.client_secret)
        return self.http.request(
            "POST",
            self.zoom.origin + path,
            fields=form,
            encode_multipart=False,
            headers=urllib3.make_headers(basic_auth=f"{name}:{secret}"),
        )

    def pages(self, path: str, items: str, **query: Any) -> Iterator[list[Any]]:
        """Yield the items of each page of a listing."""
        token = ""
        for _ in range(2000):
            page = self.json(path, **({**query, "next_page_token": token} if token else query))
            yield page[items]
            token = page.get("next_page_token")
            if not token:
                return
        raise AssertionError("the listing does not end")

    def all(self, path: str, items: str, **query: Any) -> list[Any]:
        """Return the items of all pages."""
        return [item for page in self.pages(path, items, **query) for item in page]
