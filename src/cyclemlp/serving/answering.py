"""The form of an answer: JSON as ``predict`` writes it, the drawing, or the index mask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeAlias

from PIL import Image
from starlette.responses import Response

from cyclemlp.bundle.predictions.outcomes import Outcome
from cyclemlp.serving.batching.job import Answer
from cyclemlp.serving.faults import Fault
from cyclemlp.tasks.prediction import Prediction

Form: TypeAlias = Literal["json", "drawing", "mask"]
_JSON, _PNG = "application/json", "image/png"
_PICTURES: Mapping[str, Form] = {"drawing": "drawing", "mask": "mask"}


def asked_form(accept: str | None, picture: str | None, task: str) -> Form:
    """Return the form that a request asks for.

    Args:
        accept: the header; None or empty for JSON.
        picture: the parameter; None for the drawing.
        task: name of the model's task.

    Raises:
        Fault: there is no such form.
    """
    if picture is not None and picture not in _PICTURES:
        raise Fault(422, "picture is drawing or mask", repr(picture[:60]), "correct the value")
    if picture == "mask" and task != "segment":
        received = f"picture=mask for a model of the task {task}"
        raise Fault(422, "index masks come from segmentation", received, "use picture=drawing")
    if _preferred(accept or "*/*") == _JSON:
        return "json"
    return _PICTURES[picture or "drawing"]


def _preferred(accept: str) -> str:
    """Return the media type that a header prefers; of equals the first named, then JSON."""
    best, weight = "", 0.0
    for entry in accept.split(","):
        kind, *options = (part.strip().lower() for part in entry.split(";"))
        quality = _quality(options)
        named = {"*/*": _JSON, "application/*": _JSON, "image/*": _PNG}.get(kind, kind)
        if named in (_JSON, _PNG) and quality > weight:
            best, weight = named, quality
    if not best:
        rule = f"an answer is {_JSON} or {_PNG}"
        raise Fault(406, rule, f"Accept: {accept[:60]}", "name one of them in Accept")
    return best


def _quality(options: list[str]) -> float:
    for option in options:
        if option.startswith("q="):
            try:
                return float(option[2:])
            except ValueError:
                return 0.0
    return 1.0


def answer_response(
    form: Form, answer: Answer, image: Image.Image, model: str, file: str
) -> Response:
    """Return the response of a prediction.

    Args:
        form: see `asked_form`.
        answer: of the model.
        image: the picture.
        model: its name.
        file: the picture's name, as the client calls it.
    """
    headers = {
        "Server-Timing": f"queue;dur={1000 * answer.queued:.1f}, "
        f"predict;dur={1000 * answer.seconds:.1f}, batch;desc={answer.batch}",
    }
    if form == "json":
        content = {"model": model, **Outcome(file, answer.prediction).to_dict()}
        return Response(json.dumps(content), 200, headers, _JSON)
    if form == "mask":
        return Response(saved(answer.prediction), 200, headers, _PNG)
    return Response(png(answer.prediction.draw(image)), 200, headers, _PNG)


def png(image: Image.Image) -> bytes:
    """Return an image as a PNG file."""
    file = BytesIO()
    image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def saved(prediction: Prediction) -> bytes:
    """Return the file that a prediction saves."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"prediction{prediction.suffix}"
        prediction.save(path)
        return path.read_bytes()
