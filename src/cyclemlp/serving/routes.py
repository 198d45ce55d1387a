"""The routes of the service."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from cyclemlp.serving.answering import answer_response, asked_form
from cyclemlp.serving.batching.job import Answer, Job
from cyclemlp.serving.description import PREDICT, parameters_of, refusals
from cyclemlp.serving.faults import Fault
from cyclemlp.serving.requests.body import read_upload
from cyclemlp.serving.requests.parameters import read_settings
from cyclemlp.serving.requests.picture import read_picture
from cyclemlp.serving.servable import Predicts
from cyclemlp.serving.service import Lane, Service, prepared
from cyclemlp.serving.waiting import while_wanted

ROUTES = ("/v1/predict", "/v1/models", "/health", "/ready", "/metrics", "/openapi.json", "/docs")
_OWN = ("model", "picture")


class Predicted(NamedTuple):
    """An answer with the picture it is about."""

    answer: Answer
    image: Image.Image
    file: str


def add_routes(router: APIRouter, service: Service) -> None:
    """Add the routes of a service."""

    @router.post("/v1/predict", openapi_extra=PREDICT)
    async def predict(request: Request) -> Response:
        """Predict a picture."""
        service.check_open()
        lane, settings = chosen(request, service)
        query = request.query_params
        task = lane.servable.task
        form = asked_form(request.headers.get("accept"), query.get("picture"), task)
        done = await predicted(request, service, lane, settings)
        return await service.in_thread(
            answer_response, form, done.answer, done.image, lane.servable.name, done.file
        )

    @router.get("/v1/models")
    async def models() -> dict[str, Any]:
        """List the models, the first one being the default."""
        servables = [lane.servable for lane in service.lanes.values()]
        described = [one.describe() | {"parameters": parameters_of(one)} for one in servables]
        return {"models": described}

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Answer as long as the process lives."""
        return {"status": "alive"}

    @router.get("/ready", responses=refusals(503))
    async def ready() -> dict[str, str]:
        """Answer 200 if requests are accepted, 503 otherwise."""
        service.check_open()
        return {"status": "ready"}

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Return counters in Prometheus' text format."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


def chosen(request: Request, service: Service) -> tuple[Lane, dict[str, Any]]:
    """Return the model and the settings that a request's parameters choose.

    Raises:
        Fault: a parameter is unknown, repeated, or breaks its rule.
    """
    pairs = request.query_params.multi_items()
    query = dict(pairs)
    if len(query) < len(pairs):
        raise Fault(422, "a parameter is given once", "a repeated one", "remove one of them")
    lane = service.lane(query.get("model"))
    request.state.about = {"model": lane.servable.name}
    rest = {name: value for name, value in query.items() if name not in _OWN}
    return lane, read_settings(rest, lane.servable.settings)


async def predicted(
    request: Request,
    service: Service,
    lane: Lane,
    settings: dict[str, Any],
    predictor: Predicts | None = None,
) -> Predicted:
    """Return the prediction of the picture in a request's body.

    Args:
        request: its body has not been read.
        service: bounds the work.
        lane: the model, in whose thread the prediction is computed.
        settings: of the task.
        predictor: computes it; by default the model with the settings.

    Raises:
        Fault: the body or a setting cannot be used, or the service has too much to do.
        ClientDisconnect: the client went away.
    """
    predictor = predictor or task_predictor(lane, settings)
    with service.upload(lane):
        upload = await read_upload(request, service.limits.max_bytes)
        deadline = asyncio.get_running_loop().time() + service.limits.deadline
        most = service.limits.max_pixels
        decoding = service.in_thread(_decoded, upload.data, most, predictor, settings)
        waiting = asyncio.ensure_future(decoding)
        image, job = await while_wanted(request, waiting, deadline, service.limits.deadline)
        work = service.enqueue(lane, job)
    answer = await while_wanted(request, work, deadline, service.limits.deadline)
    request.state.about |= {"batch": answer.batch, "pixels": image.width * image.height}
    return Predicted(answer, image, upload.name)


def task_predictor(lane: Lane, settings: dict[str, Any]) -> Predicts:
    """Return what predicts with these settings.

    Raises:
        Fault: the task refuses a setting.
    """
    try:
        return lane.servable.predictor(settings)
    except ValueError as error:
        rule = "a parameter is one that the model's task takes"
        raise Fault(422, rule, str(error), "correct the value") from None


def _decoded(
    data: bytes, most: int, predictor: Predicts, settings: dict[str, Any]
) -> tuple[Image.Image, Job]:
    image = read_picture(data, most)
    return image, prepared(predictor, image, settings)


def refused(request: Request, error: Exception) -> Response:
    """Return the response of a `Fault`."""
    assert isinstance(error, Fault)
    return error.response()


def unknown(request: Request, error: Exception) -> Response:
    """Return the response for a path or a method that does not exist."""
    status = getattr(error, "status_code", 500)
    fault = Fault(
        status,
        f"the routes are {', '.join(ROUTES)}",
        f"{request.method} of another path or by another method",
        "see /docs",
    )
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
