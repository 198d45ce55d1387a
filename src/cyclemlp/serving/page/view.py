"""A prediction as data that the page draws: bars, an index mask, or boxes and object masks."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
from PIL import Image

from cyclemlp.serving.answering import png, saved
from cyclemlp.tasks.detection.prediction import DetectionPrediction
from cyclemlp.tasks.prediction import Prediction
from cyclemlp.tasks.segmentation.prediction import SegmentationPrediction


def view_of(prediction: Prediction) -> dict[str, Any]:
    """Return what the page draws: JSON types, pictures as PNG in base64.

    ``kind`` is ``"bars"``, ``"mask"`` or ``"boxes"``.
    """
    if isinstance(prediction, SegmentationPrediction):
        return _mask(prediction)
    if isinstance(prediction, DetectionPrediction):
        return _boxes(prediction)
    return {"kind": "bars", "bars": prediction.to_dict()["top"]}


def _mask(prediction: SegmentationPrediction) -> dict[str, Any]:
    colors = dict(zip(prediction.classes, prediction.colors, strict=True))
    index = {name: number for number, name in enumerate(prediction.classes)}
    classes = [
        {"label": label, "color": colors[label], "share": share, "index": index[label]}
        for label, share in prediction.shares.items()
    ]
    file = b64encode(saved(prediction)).decode()
    return {"kind": "mask", "classes": classes, "mask": _coded(prediction.mask), "file": file}


def _boxes(prediction: DetectionPrediction) -> dict[str, Any]:
    names, colors = prediction.look.classes, prediction.look.colors
    present = sorted({int(label) for label in prediction.labels})
    classes = [{"label": names[i], "color": colors[i], "index": i} for i in present]
    return {
        "kind": "boxes",
        "classes": classes,
        "objects": _objects(prediction),
        "threshold": prediction.look.threshold,
    }


def _objects(prediction: DetectionPrediction) -> list[dict[str, Any]]:
    assert prediction.scores is not None
    found: list[dict[str, Any]] = []
    rows = zip(prediction.boxes, prediction.labels, prediction.scores, strict=True)
    for number, (box, label, score) in enumerate(rows):
        one: dict[str, Any] = {"box": box.tolist(), "index": int(label), "score": float(score)}
        if prediction.masks is not None and prediction.masks[number].area:
            patch = prediction.masks[number]
            one["mask"] = {"left": patch.left, "top": patch.top, "png": _coded(patch.pixels)}
        found.append(one)
    return found


def _coded(values: np.ndarray) -> str:
    """Return integers ``(H, W)`` below 65536 as a PNG that a canvas reads without loss.

    Red holds the low byte and green the high byte.
    """
    pixels = np.zeros((*values.shape, 3), np.uint8)
    whole = values.astype(np.uint16)
    pixels[..., 0], pixels[..., 1] = whole & 0xFF, whole >> 8
    return b64encode(png(Image.fromarray(pixels))).decode()
