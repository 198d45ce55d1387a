"""COCO's evaluation of boxes and masks by faster-coco-eval (Lin et al., ECCV 2014)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
from faster_coco_eval import COCO, COCOeval_faster
from torch import Tensor

_FIGURES = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")
_FIGURES += ("ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large")

Entry = dict[str, Any]
"""An annotation or a result in COCO's format."""


def coco_dataset(images: Sequence[Mapping[str, Any]], classes: int) -> tuple[Entry, list[Entry]]:
    """Return the ground truth as the content of a COCO file, and the list of results.

    Args:
        images: each with ``image`` (its id), ``size`` (height, width), ``truth`` and ``found``,
            both lists of entries.
        classes: number of classes.
    """
    truth = [entry | {"image_id": one["image"]} for one in images for entry in one["truth"]]
    found = [entry | {"image_id": one["image"]} for one in images for entry in one["found"]]
    content = {
        "images": [
            {"id": one["image"], "height": one["size"][0], "width": one["size"][1]}
            for one in images
        ],
        "annotations": [entry | {"id": i} for i, entry in enumerate(truth, start=1)],
        "categories": [{"id": label, "name": str(label)} for label in range(classes)],
    }
    return content, found


def evaluated(truth: Entry, found: list[Entry], kind: Literal["bbox", "segm"]) -> Any:
    """Return the finished evaluation of boxes or masks."""
    # COCO takes an object's size from whichever of box and mask a result holds.
    unused = "bbox" if kind == "segm" else "segmentation"
    results = [{k: v for k, v in entry.items() if k != unused} for entry in found]
    annotated = COCO(truth)
    evaluation = COCOeval_faster(annotated, annotated.loadRes(results), kind)
    evaluation.run()
    return evaluation


def figures(evaluation: Any) -> dict[str, Tensor]:
    """Return a dict of COCO's twelve scores; NaN if undefined."""
    return {name: _number(evaluation.stats[i]) for i, name in enumerate(_FIGURES)}


def columns(evaluation: Any, truth: Entry, prefix: str) -> dict[str, Tensor]:
    """Return AP, AP at IoU 0.5, and the number of objects (without crowds) of each class."""
    precision = np.asarray(evaluation.eval["precision"])[..., 0, -1]  # (IoU, recall, classes)
    labels = [entry["category_id"] for entry in truth["annotations"] if not entry["iscrowd"]]
    count = precision.shape[-1]
    return {
        f"class_{prefix}ap": _means(precision),
        f"class_{prefix}ap50": _means(precision[:1]),
        "objects": torch.bincount(torch.tensor(labels, dtype=torch.int64), minlength=count),
    }


def _number(value: float) -> Tensor:
    return torch.tensor(float("nan") if value < 0 else float(value), dtype=torch.float64)


def _means(precision: np.ndarray) -> Tensor:
    """Return the means over all but the last axis, without -1, COCO's mark of undefined values."""
    flat = torch.from_numpy(precision).flatten(0, -2)
    return flat.where(flat >= 0, torch.nan).nanmean(0)
