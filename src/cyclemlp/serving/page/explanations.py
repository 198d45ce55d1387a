"""What the page shows of a network's inside: pseudo-kernels and receptive fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cyclemlp.ops.offsets import PHASES, cycle_offsets
from cyclemlp.serving.answering import png
from cyclemlp.serving.explaining import Explains
from cyclemlp.serving.faults import Fault
from cyclemlp.serving.page.receptive_field import FieldAt
from cyclemlp.serving.predicting import predicted, task_predictor
from cyclemlp.serving.servable import Predicts
from cyclemlp.serving.service import Lane, Service
from cyclemlp.serving.showing import shown

_STAGES = 4
_LARGEST = 15  # stepsize that the page draws


def add_explanations(app: FastAPI, service: Service) -> None:
    """Add the routes of the page's second tab."""

    @app.post("/page/receptive-field", include_in_schema=False)
    async def field(request: Request) -> Response:
        service.check_open()
        query = dict(request.query_params)
        lane = service.lane(query.get("model"))
        request.state.about = {"model": lane.servable.name}
        # It waits in the model's queue like a prediction, and has the same limits.
        done = await predicted(request, service, lane, {"field": query}, _field_at(lane, query))
        found = done.answer.prediction
        drawn = await shown(service, done, lambda: png(found.draw(done.image)))
        return Response(drawn, 200, {"X-Summary": str(found)}, "image/png")

    @app.get("/page/kernel", include_in_schema=False)
    async def kernel(request: Request) -> dict[str, Any]:
        query = request.query_params
        height, width = (int(_number(query, side, 1, _LARGEST)) for side in ("height", "width"))
        phase = query.get("phase", PHASES[0])
        if phase not in PHASES:
            raise Fault(422, f"phase is {' or '.join(PHASES)}", repr(phase[:60]), "correct it")
        return {"offsets": cycle_offsets(height * width, (height, width), phase).tolist()}


def _field_at(lane: Lane, query: Mapping[str, str]) -> Predicts:
    network = lane.servable
    if not isinstance(network, Explains):
        rule = "a receptive field needs the network's feature maps"
        raise Fault(422, rule, f"the model {lane.servable.name!r}", "choose a bundle")
    stage = int(_number(query, "stage", 1, _STAGES)) - 1
    point = _number(query, "x", 0, 1), _number(query, "y", 0, 1)
    return FieldAt(network, task_predictor(lane, {}), stage, point)


def _number(query: Mapping[str, str], name: str, low: float, high: float) -> float:
    text = query.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = high + 1
    if low <= value <= high:
        return value
    raise Fault(422, f"{name} is a number in {low}..{high}", repr(text[:60]), "correct the value")
