"""Responses to requests that fail."""

from __future__ import annotations

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cyclemlp.serving.faults import Fault
from cyclemlp.serving.paths import ROUTES


def refused(request: Request, error: Exception) -> Response:
    """Return the response of a `Fault`."""
    assert isinstance(error, Fault)
    return error.response()


def unknown(request: Request, error: Exception) -> Response:
    """Return the response for a path or a method that does not exist."""
    status, known = getattr(error, "status_code", 500), ", ".join(ROUTES)
    received = f"{request.method} {request.url.path[:60]}"
    fault = Fault(status, f"the routes are {known}", received, "see /docs")
    response = fault.response()
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def gone(request: Request, error: Exception) -> Response:
    """Return what nobody receives; the status is only for the log and the metrics."""
    return Response(status_code=499)


def failed(request: Request, error: Exception) -> Response:
    """Return the response for a fault of the program."""
    parts = {
        "rule": "a request that is right is answered",
        "received": "a fault of the program",
        "remedy": "see the log of the service",
    }
    return JSONResponse({"error": {"status": 500, **parts}}, 500)


HANDLERS = {Fault: refused, HTTPException: unknown, ClientDisconnect: gone, Exception: failed}
"""By the type of the exception."""
