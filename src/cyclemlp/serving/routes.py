"""The routes of the service."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from cyclemlp.serving.answering import answer_response, asked_form
from cyclemlp.serving.description import PREDICT, parameters_of, refusals
from cyclemlp.serving.explaining import Explains
from cyclemlp.serving.predicting import chosen, predicted
from cyclemlp.serving.servable import Servable
from cyclemlp.serving.service import Service
from cyclemlp.serving.showing import shown


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
        content = form, done.answer, done.image, lane.servable.name, done.file
        if form == "json" and task == "classify":  # shorter than the way to a thread and back
            return answer_response(*content)
        return await shown(service, done, answer_response, *content)

    @router.get("/v1/models")
    async def models() -> dict[str, Any]:
        """List the models, the first one being the default."""
        servables = [lane.servable for lane in service.lanes.values()]
        return {"models": [_described(one) for one in servables]}

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


def _described(one: Servable) -> dict[str, Any]:
    offers = {"parameters": parameters_of(one), "feature_maps": isinstance(one, Explains)}
    return one.describe() | offers
