"""What a detector says of one image: boxes, perhaps masks, that know names and colours."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from cyclemlp.data.split import Color
from cyclemlp.tasks.contract import Prediction
from cyclemlp.tasks.detection.drawing import Drawn, draw_objects
from cyclemlp.tasks.detection.masks import Patch, pasted


class Look(NamedTuple):
    """How objects are named and painted."""

    classes: tuple[str, ...]
    colors: tuple[Color, ...]
    shown_score: float = 0.3


@dataclass(frozen=True, eq=False)
class DetectionPrediction:
    """The objects of one image, best first.

    Attributes:
        boxes: ``(N, 4)`` float32: left, top, right, bottom in pixels of the original image.
        labels: ``(N,)`` class numbers.
        scores: ``(N,)`` in 0..1; None of annotated objects.
        masks: one an object; None where boxes are all.
        size: the image's (height, width).
        look: names and colours by number, and from which score on objects are shown.
    """

    suffix: ClassVar[str] = ".json"

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray | None
    masks: tuple[Patch, ...] | None
    size: tuple[int, int]
    look: Look

    @classmethod
    def of(cls, found: Mapping[str, Tensor], size: tuple[int, int], look: Look) -> Self:
        """From what `Detection.infer` gives, at the original (height, width)."""
        boxes = boxes_at(found, size)
        masks = None
        if "masks" in found:
            pairs = zip(found["masks"], boxes, strict=True)
            masks = tuple(pasted(mask, box, size) for mask, box in pairs)
        labels, scores = found["labels"].cpu().numpy(), found["scores"].float().cpu().numpy()
        return cls(boxes.float().cpu().numpy(), labels, scores, masks, size, look)

    @classmethod
    def of_target(cls, target: Mapping[str, Any], look: Look) -> Self:
        """From a target of `ObjectSplit`; crowds are no objects."""
        keep = target["iscrowd"] == 0
        boxes = target["boxes"].as_subclass(Tensor)[keep].cpu().numpy()
        masks = None
        if "masks" in target:
            chosen = target["masks"].as_subclass(Tensor)[keep].cpu().numpy()
            masks = tuple(Patch.of(mask) for mask in chosen)
        labels = target["labels"][keep].cpu().numpy()
        return cls(boxes, labels, None, masks, tuple(target["size"]), look)

    @property
    def _shown(self) -> list[int]:
        """Numbers of the objects that people are shown."""
        if self.scores is None:
            return list(range(len(self.boxes)))
        return [i for i, score in enumerate(self.scores) if score >= self.look.shown_score]

    def __str__(self) -> str:
        counts = Counter(self.look.classes[self.labels[i]] for i in self._shown)
        return ", ".join(f"{count} {label}" for label, count in counts.most_common()) or "nothing"

    def objects(self) -> Iterator[dict[str, Any]]:
        """Each object as ``{"label", "score", "box"}``, with masks also ``"mask"``, run lengths."""
        for i, (box, label) in enumerate(zip(self.boxes, self.labels, strict=True)):
            entry: dict[str, Any] = {"label": self.look.classes[label]}
            if self.scores is not None:
                entry["score"] = float(self.scores[i])
            entry["box"] = [float(value) for value in box]
            if self.masks is not None:
                entry["mask"] = self.masks[i].run_lengths(self.size)
            yield entry

    def to_dict(self) -> dict[str, Any]:
        """``{"size": [H, W], "objects": […]}``; see `objects`."""
        return {"size": list(self.size), "objects": list(self.objects())}

    def draw(self, image: Image.Image) -> Image.Image:
        """A copy of `image` with boxes, names and scores in the classes' colours."""
        drawn = []
        for i in reversed(self._shown):  # the best on top
            label = self.labels[i]
            text = self.look.classes[label]
            if self.scores is not None:
                text = f"{text} {self.scores[i]:.0%}"
            mask = None if self.masks is None else self.masks[i]
            drawn.append(Drawn(self.boxes[i].tolist(), text, self.look.colors[label], mask))
        return draw_objects(image, drawn)

    def save(self, path: str | Path) -> None:
        """Write `to_dict` as JSON."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
        Path(path).write_text(text + "\n", encoding="utf-8")


def boxes_at(found: Mapping[str, Tensor], size: tuple[int, int]) -> Tensor:
    """The boxes of what `Detection.infer` gives, in pixels of an image of (height, width)."""
    height, width = found["size"].tolist()
    scale = torch.tensor([size[1] / width, size[0] / height] * 2, dtype=torch.float64)
    return found["boxes"].double() * scale.to(found["boxes"].device)


@dataclass
class CocoFile:
    """Predictions of many images on their way into ``coco.json``.

    Attributes:
        classes: names, by number.
        category_ids: the data set's numbers of them.
    """

    classes: Sequence[str]
    category_ids: Sequence[int]
    _images: list[dict[str, Any]] = field(default_factory=list)
    _annotations: list[dict[str, Any]] = field(default_factory=list)

    def add(self, file: str, prediction: Prediction) -> None:
        """Take one more; images are numbered from 1 in this order."""
        assert isinstance(prediction, DetectionPrediction)
        height, width = prediction.size
        number = len(self._images) + 1
        self._images.append({"id": number, "file_name": file, "width": width, "height": height})
        ids = dict(zip(self.classes, self.category_ids, strict=True))
        for entry in prediction.objects():
            left, top, right, bottom = entry["box"]
            annotation = {
                "id": len(self._annotations) + 1,
                "image_id": number,
                "category_id": ids[entry["label"]],
                "bbox": [left, top, right - left, bottom - top],
                "area": (right - left) * (bottom - top),
                "iscrowd": 0,
                "score": entry["score"],
            }
            if "mask" in entry:
                annotation["segmentation"] = entry["mask"]
            self._annotations.append(annotation)

    def write(self, folder: Path) -> Path:
        """Write ``coco.json``."""
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
