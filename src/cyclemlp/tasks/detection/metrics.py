"""COCO's figures of boxes and masks, by faster-coco-eval."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import torch
from faster_coco_eval import COCO, COCOeval_faster
from torch import Tensor
from torchmetrics import Metric

from cyclemlp.tasks.detection.masks import Patch
from cyclemlp.tasks.detection.network import Found
from cyclemlp.tasks.detection.prediction import DetectionPrediction, Look

_FIGURES = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")
_FIGURES += ("ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large")

Entry = dict[str, Any]


class DetectionScores(Metric):
    """The twelve figures of COCO's evaluation (Lin et al., ECCV 2014), for masks another twelve.

    What was annotated and what was found is kept as text, a line an image, in a tensor: states of
    several processes join like any others, and masks take the room of their run lengths.

    Args:
        classes: how many.
        masks: whether masks are judged too.
        detailed: also columns of the classes.
    """

    full_state_update = False
    lines: Any  # a list of tensors; one tensor once the processes' are joined

    def __init__(self, classes: int, masks: bool = False, detailed: bool = False) -> None:
        super().__init__()
        self.classes = classes
        self.masks = masks
        self.detailed = detailed
        self.add_state("lines", [], dist_reduce_fx="cat")

    def update(self, outputs: list[Found], targets: list[dict[str, Any]]) -> None:
        """Take what `Detection.infer` gives, and targets of `ObjectSplit` with all objects."""
        for found, target in zip(outputs, targets, strict=True):
            content = {
                "image": target["image_id"],
                "size": list(target["size"]),
                "truth": list(_annotated(target, self.masks)),
                "found": list(_found(found, target, self.masks)),
            }
            line = bytearray(json.dumps(content) + "\n", "ascii")
            self.lines.append(torch.frombuffer(line, dtype=torch.uint8).to(self.device))

    def compute(self) -> dict[str, Tensor]:
        """Figures, and with `detailed` columns; NaN where nothing is there to judge by."""
        truth, found = self._gathered()
        done = {"mask_": _evaluated(truth, found, "segm")} if self.masks else {}
        done[""] = _evaluated(truth, found, "bbox")
        scores = {
            f"{prefix}{name}": _number(done[prefix].stats[i])
            for i, name in enumerate(_FIGURES)
            for prefix in done
        }
        if self.detailed:
            prefix = next(iter(done))
            scores |= _columns(done[prefix], truth, prefix)
        return scores

    def _gathered(self) -> tuple[dict[str, Any], list[Entry]]:
        """The truth as the content of a COCO file, and a list of results."""
        lines = self.lines if isinstance(self.lines, list) else [self.lines]
        text = b"".join(line.byte().cpu().numpy().tobytes() for line in lines)
        images = [json.loads(line) for line in text.splitlines()]
        truth = [entry | {"image_id": one["image"]} for one in images for entry in one["truth"]]
        found = [entry | {"image_id": one["image"]} for one in images for entry in one["found"]]
        content = {
            "images": [
                {"id": one["image"], "height": one["size"][0], "width": one["size"][1]}
                for one in images
            ],
            "annotations": [entry | {"id": i} for i, entry in enumerate(truth, start=1)],
            "categories": [{"id": label, "name": str(label)} for label in range(self.classes)],
        }
        return content, found


def _annotated(target: Mapping[str, Any], masks: bool) -> Iterable[Entry]:
    boxes = _as_coco(target["boxes"])
    names = ("labels", "iscrowd", "area")
    values = (target[name].tolist() for name in names)
    for i, (box, label, crowd, area) in enumerate(zip(boxes, *values, strict=True)):
        entry = {"category_id": label, "bbox": box, "area": area, "iscrowd": crowd}
        if masks:
            patch = Patch.of(target["masks"][i].cpu().numpy())
            entry["segmentation"] = patch.run_lengths(tuple(target["size"]))
        yield entry


def _found(found: Found, target: Mapping[str, Any], masks: bool) -> Iterable[Entry]:
    size = tuple(target["size"])
    prediction = DetectionPrediction.of(found, size, Look((), ()))
    assert prediction.scores is not None
    boxes = _as_coco(torch.from_numpy(prediction.boxes))
    pairs = zip(boxes, prediction.labels.tolist(), prediction.scores.tolist(), strict=True)
    for i, (box, label, score) in enumerate(pairs):
        entry = {"category_id": label, "bbox": box, "score": score}
        if masks:
            assert prediction.masks is not None
            entry["segmentation"] = prediction.masks[i].run_lengths(size)
        yield entry


def _as_coco(boxes: Tensor) -> list[list[float]]:
    """Left, top, width and height."""
    boxes = boxes.double()
    return torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).tolist()


def _evaluated(truth: dict[str, Any], found: list[Entry], kind: Literal["bbox", "segm"]) -> Any:
    # A result's size is that of what is judged: of the box, or of the mask.
    unused = "bbox" if kind == "segm" else "segmentation"
    results = [{k: v for k, v in entry.items() if k != unused} for entry in found]
    annotated = COCO(truth)
    evaluation = COCOeval_faster(annotated, annotated.loadRes(results), kind)
    evaluation.run()
    return evaluation


def _number(value: float) -> Tensor:
    return torch.tensor(float("nan") if value < 0 else float(value), dtype=torch.float64)


def _columns(evaluation: Any, truth: dict[str, Any], prefix: str) -> dict[str, Tensor]:
    """For each class AP, AP at an IoU of 0.5, and how many objects it has, crowds left out."""
    precision = np.asarray(evaluation.eval["precision"])[..., 0, -1]  # (IoU, recall, classes)
    labels = [entry["category_id"] for entry in truth["annotations"] if not entry["iscrowd"]]
    count = precision.shape[-1]
    return {
        f"class_{prefix}ap": _means(precision),
        f"class_{prefix}ap50": _means(precision[:1]),
        "objects": torch.bincount(torch.tensor(labels, dtype=torch.int64), minlength=count),
    }


def _means(precision: np.ndarray) -> Tensor:
    """Over all but the last axis; NaN where COCO's evaluation says -1, that it has no value."""
    flat = torch.from_numpy(precision).flatten(0, -2)
    return flat.where(flat >= 0, torch.nan).nanmean(0)
