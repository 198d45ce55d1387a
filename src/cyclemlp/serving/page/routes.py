"""The routes of the page: its files, and predictions in the form that it draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from cyclemlp.serving.content_security import POLICY
from cyclemlp.serving.faults import Fault
from cyclemlp.serving.page.examples import NAMES, example
from cyclemlp.serving.page.explanations import add_explanations
from cyclemlp.serving.page.view import view_of
from cyclemlp.serving.predicting import Predicted, chosen, predicted
from cyclemlp.serving.servable import Servable
from cyclemlp.serving.service import Service
from cyclemlp.serving.showing import shown

_STATIC = Path(__file__).parent / "static"
_FILES = ("style.css", *sorted(path.name for path in _STATIC.glob("*.js")))
_HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}


def add_page(app: FastAPI, service: Service) -> None:
    """Add the page at ``/``."""
    _add_files(app, service)
    _add_prediction(app, service)
    add_explanations(app, service)


def _add_files(app: FastAPI, service: Service) -> None:
    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return FileResponse(_STATIC / "index.html", headers=_HEADERS)

    @app.get("/page/files/{name}", include_in_schema=False)
    async def file(name: str) -> Response:
        if name not in _FILES:  # a name, never a path
            raise Fault(404, "a file is part of the page", repr(name[:60]), "reload the page")
        return FileResponse(_STATIC / name, headers=_HEADERS)

    @app.get("/page/examples/{number}.png", include_in_schema=False)
    async def picture(number: str) -> Response:
        if number not in map(str, range(len(NAMES))):
            rule, remedy = "an example has a number", f"use 0..{len(NAMES) - 1}"
            raise Fault(404, rule, repr(number[:60]), remedy)
        return Response(await service.in_thread(example, int(number)), media_type="image/png")


def _add_prediction(app: FastAPI, service: Service) -> None:
    @app.post("/page/predict", include_in_schema=False)
    async def predict(request: Request) -> dict[str, Any]:
        service.check_open()
        lane, settings = chosen(request, service)
        done = await predicted(request, service, lane, settings)
        return await shown(service, done, _result, lane.servable, done)


def _result(servable: Servable, done: Predicted) -> dict[str, Any]:
    """Return what the page shows of a prediction."""
    return {
        "model": servable.name,
        "task": servable.task,
        "device": servable.describe().get("device", ""),
        "milliseconds": 1000 * done.answer.seconds,
        "size": [done.image.height, done.image.width],
        "prediction": done.answer.prediction.to_dict(),
        "view": view_of(done.answer.prediction),
    }
