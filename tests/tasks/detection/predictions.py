"""A prediction of two objects."""

from typing import Any

import torch

from cyclemlp.tasks.detection.prediction import DetectionPrediction, Look

LOOK = Look(("ant", "bee"), ((200, 30, 30), (30, 200, 30)))


def prediction(size=(100, 200), masks=True, threshold=0.5) -> Any:
    """Return a bee with score 0.9 and an ant with 0.3, found at half of 100 × 200 pixels."""
    found = {
        "boxes": torch.tensor([[10.0, 5, 50, 45], [60, 0, 100, 20]]),
        "labels": torch.tensor([1, 0]),
        "scores": torch.tensor([0.9, 0.3]),
        "size": torch.tensor([50, 100]),
    }
    if masks:
        found["masks"] = torch.ones(2, 1, 28, 28)
    return DetectionPrediction.of(found, size, LOOK._replace(threshold=threshold))
