"""COCO's scores equal those of pycocotools on random boxes and masks with crowds."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
import torch
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cyclemlp.tasks.detection.metrics import DetectionScores
from cyclemlp.tasks.detection.prediction import DetectionPrediction, Look

NAMES = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")
NAMES += ("ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large")
CLASSES = 3
SIZE = (240, 320)
LOOK = Look((), ())


def ellipse(size, box):
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    left, top, right, bottom = box
    x = (columns - (left + right) / 2) / ((right - left) / 2)
    y = (rows - (top + bottom) / 2) / ((bottom - top) / 2)
    return (x**2 + y**2 < 1).astype(np.uint8)


def drawn(seed, images=8):
    """Return random outputs and targets with crowds and objects detected 0 to 2 times."""
    rng = np.random.default_rng(seed)
    outputs, targets = [], []
    for number in range(images):
        truth, found = [], []
        for _ in range(rng.integers(0, 7)):
            side, label = rng.choice([14, 50, 130]), int(rng.integers(CLASSES))
            left, top = rng.uniform(0, SIZE[1] - side), rng.uniform(0, SIZE[0] - side)
            width, height = side * rng.uniform(0.7, 1, 2)
            box = np.array([left, top, left + width, top + height])
            truth.append((box, label, int(rng.random() < 0.2)))
            for _ in range(rng.integers(0, 3)):
                near = np.clip(box + rng.normal(0, side * 0.06, 4), 0, [320, 240, 320, 240])
                right = label if rng.random() < 0.85 else int(rng.integers(CLASSES))
                found.append((near, right))
        for _ in range(2):
            left, top = rng.uniform(0, 250), rng.uniform(0, 180)
            found.append((np.array([left, top, left + 40, top + 40]), int(rng.integers(CLASSES))))
        scores = np.sort(rng.random(len(found)))[::-1].copy()
        outputs.append(output(found, scores))
        targets.append(target(truth, 10 * number + 3))
    return outputs, targets


def output(found, scores):
    rows, columns = np.mgrid[:28, :28]
    round_one = torch.from_numpy(np.hypot(rows - 13.5, columns - 13.5) < 14).float()
    return {
        "boxes": torch.tensor(np.array([box for box, _ in found]), dtype=torch.float32),
        "labels": torch.tensor([label for _, label in found]),
        "scores": torch.from_numpy(scores).float(),
        "masks": round_one.expand(len(found), 1, 28, 28),
        "size": torch.tensor(SIZE),
    }


def target(truth, number):
    masks = [ellipse(SIZE, box) for box, _, _ in truth]
    return {
        "boxes": torch.tensor(np.array([box for box, _, _ in truth]), dtype=torch.float32).view(
            -1, 4
        ),
        "labels": torch.tensor([label for _, label, _ in truth], dtype=torch.int64),
        "iscrowd": torch.tensor([crowd for _, _, crowd in truth], dtype=torch.int64),
        "area": torch.tensor([float(mask.sum()) for mask in masks]),
        "masks": torch.from_numpy(np.array(masks, np.uint8).reshape(-1, *SIZE)),
        "image_id": number,
        "size": SIZE,
    }


def of_pycocotools(outputs, targets, kind):
    images, truth, found = [], [], []
    for one, its in zip(outputs, targets, strict=True):
        images.append({"id": its["image_id"], "height": SIZE[0], "width": SIZE[1]})
        for i, (left, top, right, bottom) in enumerate(its["boxes"].double().tolist()):
            truth.append(
                {
                    "id": len(truth) + 1,
                    "image_id": its["image_id"],
                    "category_id": int(its["labels"][i]) + 1,
                    "bbox": [left, top, right - left, bottom - top],
                    "area": float(its["area"][i]),
                    "iscrowd": int(its["iscrowd"][i]),
                    "segmentation": coco_mask.encode(np.asfortranarray(its["masks"][i].numpy())),
                }
            )
        made: Any = DetectionPrediction.of(one, SIZE, LOOK)
        for i, (left, top, right, bottom) in enumerate(made.boxes.astype(float).tolist()):
            plane = np.asfortranarray(made.masks[i].on(SIZE), dtype=np.uint8)
            shape = (
                {"bbox": [left, top, right - left, bottom - top]}
                if kind == "bbox"
                else {"segmentation": coco_mask.encode(plane)}
            )
            label, score = int(made.labels[i]) + 1, float(made.scores[i])
            entry = {"image_id": its["image_id"], "category_id": label, "score": score}
            found.append(entry | shape)
    with contextlib.redirect_stdout(io.StringIO()):
        coco: Any = COCO()
        coco.dataset = {
            "info": {},
            "images": images,
            "annotations": truth,
            "categories": [{"id": i + 1, "name": str(i)} for i in range(CLASSES)],
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


@pytest.mark.parametrize("seed", [0, 1])
def test_scores_equal_pycocotools(seed):
    outputs, targets = drawn(seed)
    metrics = DetectionScores(CLASSES, masks=True, detailed=True)
    metrics.update(outputs[:3], targets[:3])
    metrics.update(outputs[3:], targets[3:])
    scores = metrics.compute()
    for kind, prefix in (("bbox", ""), ("segm", "mask_")):
        evaluation = of_pycocotools(outputs, targets, kind)
        figures = [scores[f"{prefix}{name}"].item() for name in NAMES]
        assert figures == pytest.approx(evaluation.stats.tolist(), abs=1e-9)
        assert all(0.02 < figure < 0.98 for figure in figures)
    precision = evaluation.eval["precision"][..., 0, -1]
    assert precision.min() >= 0
    assert scores["class_mask_ap"].tolist() == pytest.approx(precision.mean((0, 1)).tolist())
    assert scores["class_mask_ap50"].tolist() == pytest.approx(precision[0].mean(0).tolist())
    labels = torch.cat([one["labels"][one["iscrowd"] == 0] for one in targets])
    assert scores["objects"].tolist() == labels.bincount(minlength=CLASSES).tolist()


def test_scores_of_boxes_do_not_depend_on_masks():
    outputs, targets = drawn(3)
    with_masks = DetectionScores(CLASSES, masks=True)
    boxes = DetectionScores(CLASSES)
    with_masks.update(outputs, targets)
    for one, its in zip(outputs, targets, strict=True):
        boxes.update(
            [{k: v for k, v in one.items() if k != "masks"}],
            [{k: v for k, v in its.items() if k != "masks"}],
        )
    assert set(boxes.compute()) == {*NAMES, "f1", "f1_threshold"}
    for name, value in boxes.compute().items():
        torch.testing.assert_close(value, with_masks.compute()[name], equal_nan=True)


def test_scores_are_nan_without_annotations_and_zero_without_detections():
    metrics = DetectionScores(CLASSES, detailed=True)
    nothing = output([], np.zeros(0)) | {"boxes": torch.zeros(0, 4)}
    nothing["labels"] = torch.zeros(0, dtype=torch.int64)
    del nothing["masks"]
    metrics.update([nothing], [target([], 1)])
    assert all(metrics.compute()[name].isnan() for name in NAMES)
    metrics.update([nothing], [target([(np.array([5.0, 5, 25, 25]), 0, 0)], 2)])
    scores = metrics.compute()
    assert scores["ap"] == scores["ap_small"] == 0
    assert scores["ap_large"].isnan()
    assert scores["class_ap"][0] == 0
    assert scores["class_ap"][1:].isnan().all()


def test_states_of_processes_can_be_concatenated():
    """torchmetrics concatenates the states in the order of the processes."""
    outputs, targets = drawn(5)
    whole, *parts = (DetectionScores(CLASSES, masks=True) for _ in range(3))
    whole.update(outputs, targets)
    parts[0].update(outputs[::2], targets[::2])
    parts[1].update(outputs[1::2], targets[1::2])
    parts[0].lines = torch.cat([*parts[0].lines, *parts[1].lines])
    torch.testing.assert_close(parts[0].compute(), whole.compute(), equal_nan=True)
