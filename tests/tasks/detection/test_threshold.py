"""The threshold of the best F1, against a sweep over all thresholds."""

import numpy as np
import pytest
import torch

from cyclemlp.tasks.detection.metrics import DetectionScores
from cyclemlp.tasks.detection.task import Detection

CLASSES = 3


def drawn(seed):
    """Return found boxes and targets of 6 images; at most one box is found on an object."""
    rng = np.random.default_rng(seed)
    outputs, targets = [], []
    for number in range(6):
        places = np.stack(np.meshgrid(range(5), range(4)), -1).reshape(-1, 2) * 40.0
        rng.shuffle(places)
        objects = int(rng.integers(1, 8))
        boxes = np.concatenate([places, places + 30], 1)
        labels = rng.integers(0, CLASSES, len(boxes))
        found = rng.random(len(boxes)) < np.where(np.arange(len(boxes)) < objects, 0.8, 0.3)
        scores = np.sort(rng.random(len(boxes)))[::-1] * 0.7 + rng.random(len(boxes)) * 0.3
        order = np.argsort(-scores[found])
        outputs.append(
            {
                "boxes": torch.tensor(boxes[found][order]),
                "labels": torch.tensor(labels[found][order]),
                "scores": torch.tensor(scores[found][order]),
                "size": torch.tensor([160, 200]),
                "hit": torch.tensor((np.flatnonzero(found) < objects)[order]),
            }
        )
        targets.append(
            {
                "boxes": torch.tensor(boxes[:objects]),
                "labels": torch.tensor(labels[:objects]),
                "iscrowd": torch.zeros(objects, dtype=torch.int64),
                "area": torch.full((objects,), 900.0),
                "image_id": number,
                "size": (160, 200),
            }
        )
    return outputs, targets


def f1_at(threshold, outputs, targets):
    """Return the mean F1 of the classes, from counts."""
    labels, scores, hits = (
        torch.cat([one[name] for one in outputs]) for name in ("labels", "scores", "hit")
    )
    truths = torch.cat([target["labels"] for target in targets])
    values = []
    for label in truths.unique():
        kept = (labels == label) & (scores >= threshold)
        values.append(2 * int(hits[kept].sum()) / int(kept.sum() + (truths == label).sum()))
    return float(np.mean(values))


@pytest.mark.parametrize("seed", range(4))
def test_no_threshold_has_a_better_f1(seed):
    outputs, targets = drawn(seed)
    metric = DetectionScores(CLASSES)
    metric.update(outputs, targets)
    scores = metric.compute()
    everywhere = [f1_at(t, outputs, targets) for t in np.linspace(0, 1, 201)]
    at_best = f1_at(float(scores["f1_threshold"]) - 1e-6, outputs, targets)
    assert float(scores["f1"]) >= at_best - 0.01
    assert at_best >= max(everywhere) - 0.02  # recalls are rounded to a hundredth
    assert at_best > f1_at(0.0, outputs, targets)


def test_a_bundle_takes_the_threshold_unless_one_was_given():
    scores = {"f1": 0.8, "f1_threshold": 0.43271}
    assert Detection(("a",)).validated_settings(scores) == {"score_threshold": 0.432}
    assert Detection(("a",)).validated_settings({"f1_threshold": float("nan")}) == {}
    assert Detection(("a",)).validated_settings({"f1": 0.05, "f1_threshold": 0.1}) == {}
    given = Detection(("a",), score_threshold=0.7)
    assert given.validated_settings(scores) == {}
    assert given.network_settings["score_threshold"] == 0.7
    with pytest.raises(ValueError, match=r"score_threshold must be in 0\.\.1, got 2"):
        Detection(("a",), score_threshold=2)


def test_nothing_found_has_no_threshold():
    _, targets = drawn(0)
    metric = DetectionScores(CLASSES)
    empty = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    empty |= {"scores": torch.zeros(0), "size": torch.tensor([160, 200])}
    metric.update([empty] * len(targets), targets)
    scores = metric.compute()
    assert float(scores["f1"]) == 0
    assert torch.isnan(scores["f1_threshold"])


def test_a_bundle_keeps_the_limits_that_training_was_given():
    given = Detection(("ant", "bee"), min_score=0.001, max_objects=100)
    kept = given.network_settings
    assert kept["min_score"] == 0.001
    assert not {"max_objects", "nms_iou"} & kept.keys()  # the defaults
    assert Detection(("ant", "bee"), **kept).limits == given.limits
