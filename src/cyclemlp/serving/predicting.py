"""From a request to its prediction: parameters, upload, decoding, queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import ExitStack
from typing import Any, NamedTuple

from PIL import Image
from starlette.requests import Request

from cyclemlp.serving.batching.job import Answer, Job
from cyclemlp.serving.faults import Fault
from cyclemlp.serving.requests.body import read_upload
from cyclemlp.serving.requests.parameters import read_settings
from cyclemlp.serving.requests.picture import read_picture
from cyclemlp.serving.servable import Predicts
from cyclemlp.serving.service import Lane, Service, prepared
from cyclemlp.serving.waiting import while_wanted

_OWN = ("model", "picture")


class Predicted(NamedTuple):
    """An answer with the picture it is about."""

    answer: Answer
    image: Image.Image
    file: str


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
        lane: the model, in one of whose threads the prediction is computed.
        settings: of the task.
        predictor: computes it; by default the model with the settings.

    Raises:
        Fault: the body or a setting cannot be used, or the service has too much to do.
        ClientDisconnect: the client went away.
    """
    predictor = predictor or task_predictor(lane, settings)
    with ExitStack() as receiving:
        receiving.enter_context(service.upload(lane))
        upload = await read_upload(request, service.limits.max_bytes)
        job = service.in_thread(
            _decoded, upload.data, service.limits.max_pixels, predictor, settings
        )
        work = asyncio.ensure_future(_answered(service, lane, job, receiving))
        image, answer = await while_wanted(request, work, service.limits.deadline)
    request.state.about |= {"batch": answer.batch, "pixels": image.width * image.height}
    return Predicted(answer, image, upload.name)


async def _answered(
    service: Service, lane: Lane, decoding: Awaitable[tuple[Image.Image, Job]], receiving: ExitStack
) -> tuple[Image.Image, Answer]:
    """Return a decoded picture and its answer; ``receiving`` ends when the picture is queued."""
    image, job = await decoding
    answer = service.enqueue(lane, job)
    receiving.close()
    return image, await answer


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
