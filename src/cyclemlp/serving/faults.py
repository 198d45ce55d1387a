"""A request that is refused: the rule, what was received, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse


class Fault(Exception):  # noqa: N818  # the client's fault, or a full service; not the program's
    """The reason why a request is refused.

    Args:
        status: of the HTTP response.
        rule: what the service demands.
        received: what it got.
        remedy: what the client can do.
        **headers: of the response, with underscores in place of dashes.
    """

    def __init__(self, status: int, rule: str, received: str, remedy: str, **headers: str) -> None:
        super().__init__(f"{rule}; got {received}; {remedy}")
        self.status = status
        self.parts = {"rule": rule, "received": received, "remedy": remedy}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def response(self) -> JSONResponse:
        """Return the fault as JSON: ``{"error": {"status", "rule", "received", "remedy"}}``."""
        return fault_response(self.status, self.parts, self.headers)


def fault_response(
    status: int, parts: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return the JSON response of a refused request."""
    content: dict[str, Any] = {"error": {"status": status, **parts}}
    return JSONResponse(content, status, dict(headers or {}))


def busy(rule: str, received: str, seconds: float = 1, **headers: str) -> Fault:
    """Return the fault of a service that has too much to do: 503 with ``Retry-After``."""
    after = str(max(1, round(seconds)))
    return Fault(503, rule, received, f"try again in {after} s", Retry_After=after, **headers)
