"""Predictions of detection: bounding boxes, optionally masks, with class names and colours."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from cyclemlp.data.colors import Color
from cyclemlp.tasks.detection.drawing import Drawn, draw_objects
from cyclemlp.tasks.detection.masks import Patch, pasted
from cyclemlp.tasks.detection.suppression import suppressed

DEFAULT_THRESHOLD = 0.3
"""The score threshold without a validation."""

_SAME_OBJECT = 0.6  # IoU


class Look(NamedTuple):
    """Names and colours of objects, and the score from which they are shown.

    Attributes:
        classes: names, by label.
        colors: red, green and blue of each class, in 0..255.
        threshold: objects with a lower score are neither drawn, nor counted in text, nor in JSON.
    """

    classes: tuple[str, ...]
    colors: tuple[Color, ...]
    threshold: float = DEFAULT_THRESHOLD


@dataclass(frozen=True, eq=False)
class DetectionPrediction:
    """The objects of one image, in descending order of score.

    Attributes:
        boxes: ``(N, 4)`` float32: left, top, right, bottom in pixels of the original image.
        labels: ``(N,)`` class indices.
        scores: ``(N,)`` in 0..1; None for annotated objects.
        masks: one per object; None if there are only boxes.
        size: (height, width) of the original image.
        look: names and colours.
    """

    suffix: ClassVar[str] = ".json"

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray | None
    masks: tuple[Patch, ...] | None
    size: tuple[int, int]
    look: Look

    @classmethod
    def of(cls, found: Mapping[str, ArrayLike], size: tuple[int, int], look: Look) -> Self:
        """Create a prediction from an output of `Detection.infer`, at the original size.

        Args:
            found: see `Found`; arrays, or tensors on the CPU.
            size: (height, width) of the original image, in pixels.
            look: names and colours.
        """
        boxes = _boxes_at(found, size)
        masks = None
        if "masks" in found:
            pairs = zip(np.asarray(found["masks"])[:, 0], boxes, strict=True)
            masks = tuple(pasted(mask, box, size) for mask, box in pairs)
        labels, scores = np.asarray(found["labels"]), np.asarray(found["scores"], np.float32)
        return cls(boxes.astype(np.float32), labels, scores, masks, size, look)

    @classmethod
    def of_target(cls, target: Mapping[str, Any], look: Look) -> Self:
        """Create a prediction from a target of `ObjectSplit`, without its crowd annotations."""
        keep = np.asarray(target["iscrowd"]) == 0
        boxes = np.asarray(target["boxes"])[keep]
        masks = None
        if "masks" in target:
            chosen = np.asarray(target["masks"])[keep]
            masks = tuple(Patch.of(mask) for mask in chosen)
        labels = np.asarray(target["labels"])[keep]
        return cls(boxes, labels, None, masks, tuple(target["size"]), look)

    @property
    def _shown(self) -> list[int]:
        """Indices of the objects from the score threshold on."""
        if self.scores is None:
            return list(range(len(self.boxes)))
        return [i for i, score in enumerate(self.scores) if score >= self.look.threshold]

    def __str__(self) -> str:
        # As many as `draw` shows: a young network gives one box several labels.
        counts = Counter(self.look.classes[self.labels[i]] for i in self._distinct)
        return ", ".join(f"{n} {label}" for label, n in counts.most_common()) or self._nothing

    @property
    def _nothing(self) -> str:
        """What to say if no object is shown: a young network's scores are low."""
        if self.scores is None or not len(self.scores):
            return "nothing"
        best = f"{self.look.classes[self.labels[0]]} {self.scores[0]:.2f}"
        return f"nothing from the score threshold {self.look.threshold:g} on; best: {best}"

    def objects(self) -> Iterator[dict[str, Any]]:
        """Yield every object, of any score.

        An object is ``{"label", "score", "box"}``, with masks also ``"mask"`` (RLE).
        """
        yield from map(self._object, range(len(self.boxes)))

    def _object(self, i: int) -> dict[str, Any]:
        entry: dict[str, Any] = {"label": self.look.classes[self.labels[i]]}
        if self.scores is not None:
            entry["score"] = float(self.scores[i])
        entry["box"] = [float(value) for value in self.boxes[i]]
        if self.masks is not None:
            entry["mask"] = self.masks[i].run_lengths(self.size)
        return entry

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"size": [H, W], "objects": […]}``, the objects from the threshold on.

        See `objects` for an object.
        """
        return {"size": list(self.size), "objects": [self._object(i) for i in self._shown]}

    def draw(self, image: Image.Image) -> Image.Image:
        """Return a copy of `image` with boxes, names and scores in the classes' colours.

        Of several boxes of one object, which overlap by more than 0.6 (IoU), the best one is drawn,
        whatever their classes.
        """
        return draw_objects(image, [self._drawn(i) for i in self._distinct])

    @property
    def _distinct(self) -> list[int]:
        """Indices of the objects to draw, in descending order of score."""
        if self.scores is None:
            return self._shown
        shown = np.array(self._shown, np.int64)
        together = np.zeros_like(shown)
        best = suppressed(self.boxes[shown], self.scores[shown], together, _SAME_OBJECT, len(shown))
        return shown[best].tolist()

    def _drawn(self, i: int) -> Drawn:
        label = self.labels[i]
        text = self.look.classes[label]
        if self.scores is not None:
            text = f"{text} {self.scores[i]:.0%}"
        mask = None if self.masks is None else self.masks[i]
        return Drawn(self.boxes[i].tolist(), text, self.look.colors[label], mask)

    def save(self, path: str | Path) -> None:
        """Write `to_dict` as JSON."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
        Path(path).write_text(text + "\n", encoding="utf-8")


def _boxes_at(found: Mapping[str, ArrayLike], size: tuple[int, int]) -> np.ndarray:
    """Return the boxes in pixels of an image of (height, width), float64."""
    height, width = np.asarray(found["size"])
    scale = np.array([size[1] / width, size[0] / height] * 2)
    return np.asarray(found["boxes"]).astype(np.float64) * scale
