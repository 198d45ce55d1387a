"""Predictions of classification: the most probable classes of an image."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

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
    logits: ArrayLike, classes: tuple[str, ...], count: int
) -> list[ClassificationPrediction]:
    """Return the `count` most probable classes of each image.

    Args:
        logits: ``(B, classes)``.
        classes: names, in the order of the logits.
        count: at most the number of classes.
    """
    values = np.asarray(logits)
    odds = np.exp(values - values.max(1, keepdims=True))
    probabilities = odds / odds.sum(1, keepdims=True)
    best = np.argsort(-probabilities, 1, kind="stable")[:, :count]
    return [
        ClassificationPrediction(tuple(classes[i] for i in row), tuple(one[row].tolist()))
        for one, row in zip(probabilities, best, strict=True)
    ]
