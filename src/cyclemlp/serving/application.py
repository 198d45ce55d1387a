"""The service as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.types import ASGIApp

from cyclemlp.serving.connections.addressed import Addressed
from cyclemlp.serving.connections.api_key import ApiKey
from cyclemlp.serving.connections.guarding import Guarding
from cyclemlp.serving.connections.receiving import Receiving
from cyclemlp.serving.connections.recording import Recording
from cyclemlp.serving.content_security import POLICY
from cyclemlp.serving.documents import document
from cyclemlp.serving.handlers import HANDLERS
from cyclemlp.serving.paths import ROUTES
from cyclemlp.serving.routes import add_routes
from cyclemlp.serving.service import Service


def create_app(
    service: Service,
    keys: Sequence[bytes] = (),
    on_failure: Callable[[Exception], None] | None = None,
    extend: Callable[[FastAPI], None] | None = None,
    hosts: frozenset[str] | None = None,
) -> ASGIApp:
    """Return the application of a service.

    Args:
        service: it is warmed up when the application starts, and closed when it ends.
        keys: API keys; empty if none is needed.
        on_failure: is called if a model cannot be warmed up.
        extend: adds more routes, such as the page.
        hosts: the names by which requests may address the service; None for all.
    """
    app = FastAPI(
        title="cyclemlp",
        description="Trained networks that predict pictures. Nothing is stored.",
        version=version("cyclemlp"),
        docs_url=None,  # FastAPI's pages load scripts from other hosts
        redoc_url=None,
        lifespan=_lifespan(service, on_failure),
    )
    for error, handler in HANDLERS.items():
        app.add_exception_handler(error, handler)
    add_routes(app.router, service)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(document(app.openapi()), headers={"Content-Security-Policy": POLICY})

    if extend is not None:
        extend(app)
    inner: ASGIApp = Receiving(app, service.limits)
    inner = Addressed(ApiKey(inner, keys) if keys else inner, hosts)
    return Recording(Guarding(inner), service.metrics, ROUTES)


def _lifespan(service: Service, on_failure: Callable[[Exception], None] | None):  # noqa: ANN202
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.answer_in(asyncio.get_running_loop())
        warming = asyncio.ensure_future(asyncio.to_thread(service.warm))

        def report(done: asyncio.Future[None]) -> None:
            error = None if done.cancelled() else done.exception()
            if isinstance(error, Exception) and on_failure is not None:
                on_failure(error)

        warming.add_done_callback(report)
        yield
        await asyncio.wait({warming})
        await asyncio.to_thread(service.close)

    return lifespan
