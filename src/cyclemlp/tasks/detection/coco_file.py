"""Predictions of many images in one file of COCO's format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cyclemlp.tasks.detection.prediction import DetectionPrediction
from cyclemlp.tasks.prediction import Prediction


@dataclass
class CocoFile:
    """Collects predictions and writes ``coco.json``; images are numbered from 1.

    Attributes:
        classes: names, by label.
        category_ids: the data set's category id of each class.
    """

    classes: Sequence[str]
    category_ids: Sequence[int]
    _images: list[dict[str, Any]] = field(default_factory=list)
    _annotations: list[dict[str, Any]] = field(default_factory=list)

    def add(self, file: str, prediction: Prediction) -> None:
        """Add the `DetectionPrediction` for the image `file`."""
        assert isinstance(prediction, DetectionPrediction)
        height, width = prediction.size
        number = len(self._images) + 1
        self._images.append({"id": number, "file_name": file, "width": width, "height": height})
        ids = dict(zip(self.classes, self.category_ids, strict=True))
        for entry in prediction.objects():
            annotation = _annotation(entry, ids[entry["label"]])
            numbers = {"id": len(self._annotations) + 1, "image_id": number}
            self._annotations.append(numbers | annotation)

    def write(self, folder: Path) -> Path:
        """Write ``coco.json`` into `folder` and return its path."""
        categories = [
            {"id": number, "name": name}
            for number, name in zip(self.category_ids, self.classes, strict=True)
        ]
        content = {
            "images": self._images,
            "annotations": self._annotations,
            "categories": categories,
        }
        path = folder / "coco.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def complete_ids(category_ids: Sequence[int] | None, classes: int) -> tuple[int, ...]:
    """Return one category id per class, by default numbers from 1.

    Raises:
        ValueError: the number of ids differs from the number of classes.
    """
    ids = tuple(category_ids or range(1, classes + 1))
    if len(ids) != classes:
        raise ValueError(
            f"category_ids must have a number for each of the {classes} classes; got {len(ids)}"
        )
    return ids


def _annotation(entry: dict[str, Any], category_id: int) -> dict[str, Any]:
    left, top, right, bottom = entry["box"]
    annotation = {
        "category_id": category_id,
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "iscrowd": 0,
        "score": entry["score"],
    }
    return annotation | ({"segmentation": entry["mask"]} if "mask" in entry else {})
