"""The score threshold with the best F1 on a validation set."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor


def best_f1(evaluation: Any, prefix: str) -> dict[str, Tensor]:
    """Return ``f1``, the best mean F1 of the classes at IoU 0.5, and its ``f1_threshold``.

    They come from the precision and the scores that COCO's evaluation has at 101 recalls, so that
    a recall is exact to a hundredth. Classes without objects do not count.

    Args:
        evaluation: of boxes or masks, finished.
        prefix: of the two names.

    Returns:
        Scalars; the threshold is NaN if no object was found, and both if there is none.
    """
    # axes of both: IoU (0.5 first), recall, class, area (all first), number of objects (100 last)
    precision = np.asarray(evaluation.eval["precision"])[0, :, :, 0, -1]
    scores = np.asarray(evaluation.eval["scores"])[0, :, :, 0, -1]
    best, threshold = f1_and_threshold(precision, scores, np.asarray(evaluation.params.recThrs))
    return {
        f"{prefix}f1": torch.tensor(best, dtype=torch.float64),
        f"{prefix}f1_threshold": torch.tensor(threshold, dtype=torch.float64),
    }


def f1_and_threshold(
    precision: np.ndarray, scores: np.ndarray, recalls: np.ndarray
) -> tuple[float, float]:
    """Return the highest mean F1 of the classes, and the lowest score that it takes.

    Args:
        precision: ``(recalls, classes)``, -1 for a class without objects.
        scores: ``(recalls, classes)``, the score at which a recall is reached; 0 if it is not.
        recalls: ``(recalls,)`` ascending.
    """
    counted = (precision >= 0).all(0)
    if not counted.any():
        return float("nan"), float("nan")
    precision, scores = precision[:, counted], scores[:, counted]
    both = np.maximum(precision + recalls[:, None], 1e-12)
    curves = 2 * precision * recalls[:, None] / both
    candidates = np.unique(scores[(scores > 0) & (precision > 0)])
    if not len(candidates):
        return 0.0, float("nan")
    means = np.mean([_at(*pair, candidates) for pair in zip(curves.T, scores.T, strict=True)], 0)
    best = int(means.argmax())
    return float(means[best]), float(candidates[best])


def _at(curve: np.ndarray, scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return a class's F1 at each threshold, from its F1 and score at each recall."""
    reached = np.searchsorted(-scores, -thresholds, side="right")
    return np.concatenate([[0.0], curve])[reached]
