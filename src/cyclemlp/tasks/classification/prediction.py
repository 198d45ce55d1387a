"""Predictions of classification: the most probable classes of an image."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image
from torch import Tensor

from cyclemlp.tasks.classification.drawing import label_strip


@dataclass(frozen=True)
class ClassificationPrediction:
    """The most probable classes of one image, in descending order.

    Attributes:
        labels: class names.
        probabilities: softmax probability of each label, in 0..1.
    """

    suffix: ClassVar[str] = ".json"

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def label(self) -> str:
        """The most probable class."""
        return self.labels[0]

    @property
    def probability(self) -> float:
        """The probability of `label`."""
        return self.probabilities[0]

    def __str__(self) -> str:
        pairs = zip(self.labels, self.probabilities, strict=True)
        return ", ".join(f"{label} {p:.1%}" for label, p in pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"label", "probability", "top": [{"label", "probability"}, …]}``."""
        top = [
            {"label": label, "probability": p}
            for label, p in zip(self.labels, self.probabilities, strict=True)
        ]
        return {**top[0], "top": top}

    def draw(self, image: Image.Image) -> Image.Image:
        """Return a copy of `image` with the most probable label in a strip below it."""
        return label_strip(image, f"{self.label}  {self.probability:.1%}")

    def save(self, path: str | Path) -> None:
        """Write `to_dict` as JSON."""
        Path(path).write_text(
            json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )


def top_predictions(
    logits: Tensor, classes: tuple[str, ...], count: int
) -> list[ClassificationPrediction]:
    """Return the `count` most probable classes of each image.

    Args:
        logits: ``(B, classes)``.
        classes: names, in the order of the logits.
        count: at most the number of classes.
    """
    best = logits.softmax(dim=1).topk(count, dim=1)
    rows = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [
        ClassificationPrediction(tuple(classes[i] for i in row), tuple(values))
        for row, values in rows
    ]
