"""Metrics of detection: COCO's scores of boxes and masks, and the best F1."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric
from typing_extensions import override

from cyclemlp.tasks.detection.coco_evaluation import (
    Entry,
    coco_dataset,
    columns,
    evaluated,
    figures,
)
from cyclemlp.tasks.detection.found import Found, on_cpu
from cyclemlp.tasks.detection.masks import Patch
from cyclemlp.tasks.detection.prediction import DetectionPrediction, Look
from cyclemlp.tasks.detection.threshold import best_f1


class DetectionScores(Metric):
    """COCO's twelve scores of boxes, and optionally of masks, and the best F1.

    Annotations and results are stored as JSON text in uint8 tensors, one line per image. Such
    states can be concatenated over processes, and masks take only the memory of their run lengths.

    Args:
        classes: number of classes.
        masks: whether masks are evaluated too.
        detailed: whether to add per-class columns.
    """

    full_state_update = False
    lines: Any  # a list of tensors; a single tensor after the processes are synchronised

    def __init__(self, classes: int, masks: bool = False, detailed: bool = False) -> None:
        super().__init__()
        self.classes = classes
        self.masks = masks
        self.detailed = detailed
        self.add_state("lines", [], dist_reduce_fx="cat")

    @override
    def update(self, outputs: list[Found], targets: list[dict[str, Any]]) -> None:
        """Add outputs of `Detection.infer`, and targets of `ObjectSplit` including crowds."""
        for found, target in zip(outputs, targets, strict=True):
            content = {
                "image": target["image_id"],
                "size": list(target["size"]),
                "truth": list(_annotated(target, self.masks)),
                "found": list(_found(found, target, self.masks)),
            }
            line = bytearray(json.dumps(content) + "\n", "ascii")
            self.lines.append(torch.frombuffer(line, dtype=torch.uint8).to(self.device))

    @override
    def compute(self) -> dict[str, Tensor]:
        """Return the scalars, and if `detailed` the columns; NaN if a value is undefined."""
        truth, found = coco_dataset(self._images(), self.classes)
        done = {"mask_": evaluated(truth, found, "segm")} if self.masks else {}
        done[""] = evaluated(truth, found, "bbox")
        parts = {prefix: figures(evaluation) for prefix, evaluation in done.items()}
        scores = {f"{prefix}{name}": parts[prefix][name] for name in parts[""] for prefix in done}
        scores |= {k: v for prefix in done for k, v in best_f1(done[prefix], prefix).items()}
        if self.detailed:
            prefix = next(iter(done))
            scores |= columns(done[prefix], truth, prefix)
        return scores

    def _images(self) -> list[dict[str, Any]]:
        lines = self.lines if isinstance(self.lines, list) else [self.lines]
        text = b"".join(line.byte().cpu().numpy().tobytes() for line in lines)
        return [json.loads(line) for line in text.splitlines()]


def _annotated(target: Mapping[str, Any], masks: bool) -> Iterator[Entry]:
    boxes = _as_coco(target["boxes"])
    names = ("labels", "iscrowd", "area")
    values = (target[name].tolist() for name in names)
    for i, (box, label, crowd, area) in enumerate(zip(boxes, *values, strict=True)):
        entry = {"category_id": label, "bbox": box, "area": area, "iscrowd": crowd}
        if masks:
            patch = Patch.of(target["masks"][i].cpu().numpy())
            entry["segmentation"] = patch.run_lengths(tuple(target["size"]))
        yield entry


def _found(found: Found, target: Mapping[str, Any], masks: bool) -> Iterator[Entry]:
    size = tuple(target["size"])
    prediction = DetectionPrediction.of(on_cpu(found), size, Look((), ()))
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
    """Convert boxes from corners to left, top, width and height."""
    boxes = boxes.double()
    return torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).tolist()
