"""Predictions of objects: at the original size, in text and in JSON."""

import numpy as np
import pytest
import torch
from faster_coco_eval import mask as coco_mask

from cyclemlp.tasks.detection.prediction import DetectionPrediction
from cyclemlp.tasks.detection.task import Detection

from .predictions import LOOK, prediction


def test_boxes_and_masks_are_at_the_original_size():
    made = prediction(threshold=0.3)
    assert made.boxes.tolist() == [[20, 10, 100, 90], [120, 0, 200, 40]]
    for mask, (left, top, right, bottom) in zip(made.masks, made.boxes, strict=True):
        whole = mask.on((100, 200))
        assert whole.shape == (100, 200)
        box = np.zeros((100, 200), bool)
        box[int(top) : int(bottom), int(left) : int(right)] = True
        assert (whole & box).sum() / (whole | box).sum() > 0.9
        assert mask.area == whole.sum()
    content = made.to_dict()
    assert [entry["label"] for entry in content["objects"]] == ["bee", "ant"]
    assert content["objects"][0]["score"] == pytest.approx(0.9)
    for entry, mask in zip(content["objects"], made.masks, strict=True):
        decoded = coco_mask.decode(entry["mask"])
        assert np.array_equal(decoded.astype(bool), mask.on((100, 200)))


def test_text_counts_the_shown_objects():
    assert str(prediction()) == "1 bee"
    assert str(prediction(threshold=0.2)) == "1 bee, 1 ant"
    assert str(prediction(threshold=0.95)) == (
        "nothing from the score threshold 0.95 on; best: bee 0.90"
    )


def test_text_counts_a_box_with_two_labels_once_and_json_has_both():
    found = {
        "boxes": torch.tensor([[10.0, 5, 50, 45], [10, 5, 50, 44], [60, 0, 100, 20]]),
        "labels": torch.tensor([1, 0, 0]),
        "scores": torch.tensor([0.9, 0.8, 0.7]),
        "size": torch.tensor([50, 100]),
    }
    made = DetectionPrediction.of(found, (50, 100), LOOK)
    assert str(made) == "1 bee, 1 ant"
    assert [entry["label"] for entry in made.to_dict()["objects"]] == ["bee", "ant", "ant"]


def test_json_has_the_objects_that_are_drawn_and_objects_has_all():
    made = prediction(masks=False, threshold=0.5)
    assert [entry["label"] for entry in made.to_dict()["objects"]] == ["bee"]
    assert [entry["label"] for entry in made.objects()] == ["bee", "ant"]


def test_the_truth_has_no_crowds():
    target = {
        "boxes": torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]]),
        "labels": torch.tensor([1, 0]),
        "iscrowd": torch.tensor([0, 1]),
        "size": (10, 10),
    }
    truth = Detection(("ant", "bee")).truth(target)
    assert str(truth) == "1 bee"
    assert truth.to_dict()["objects"] == [{"label": "bee", "box": [1.0, 2.0, 3.0, 4.0]}]
