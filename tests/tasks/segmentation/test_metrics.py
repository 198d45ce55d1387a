import pytest
import torch
from torch.nn import functional as F

from cyclemlp.tasks.segmentation.task import Segmentation

from .settings import CLASSES


def naive(pairs, classes):
    """Return miou, accuracy and mean accuracy by counting the pixels of each class."""
    ious, accuracies = [], []
    for label in range(classes):
        hit = sum(int(((t == label) & (p == label)).sum()) for p, t in pairs)
        union = sum(int((((t == label) | (p == label)) & (t != 255)).sum()) for p, t in pairs)
        truth = sum(int((t == label).sum()) for _, t in pairs)
        ious += [hit / union] if union else []
        accuracies += [hit / truth] if truth else []
    right = sum(int((p == t).sum()) for p, t in pairs)
    return (
        sum(ious) / len(ious),
        right / sum(int((t != 255).sum()) for _, t in pairs),
        sum(accuracies) / len(accuracies),
    )


def test_metrics_are_computed_over_the_data_set_instead_of_per_image():
    task = Segmentation([str(i) for i in range(6)])
    metrics, pairs = task.metrics(), []
    for size in ((8, 8), (5, 9), (16, 4)):
        logits, target = torch.randn(6, *size), torch.randint(5, size)  # class 5 is never annotated
        logits[4] -= 100  # class 4 is never predicted
        logits[5] -= 100
        target[0, :3] = 255
        metrics.update([logits], [target])
        pairs.append((logits.argmax(0), target))
    scores = metrics.compute()
    found = [float(scores[name]) for name in ("miou", "accuracy", "mean_accuracy")]
    assert found == pytest.approx(naive(pairs, 6))
    assert 0 < found[0] < 1


def test_metrics_are_computed_at_the_size_of_the_mask():
    task = Segmentation(CLASSES)
    metrics = task.metrics(detailed=True)
    target = torch.randint(3, (32, 48))
    small = F.one_hot(target, 3).permute(2, 0, 1).float()
    metrics.update([F.interpolate(small[None], (64, 96), mode="nearest-exact")[0]], [target])
    scores = metrics.compute()
    assert scores["miou"] == 1
    shapes = {name: tuple(value.shape) for name, value in scores.items()}
    assert shapes == {
        "miou": (), "accuracy": (), "mean_accuracy": (), "loss": (),
        "iou": (3,), "class_accuracy": (3,), "confusion": (3, 3),
    }  # fmt: skip


def test_an_absent_class_has_no_score_and_does_not_change_the_mean():
    metrics = Segmentation(CLASSES).metrics(detailed=True)
    target = torch.tensor([[0, 1], [1, 0]])
    metrics.update([F.one_hot(target, 3).permute(2, 0, 1) * 9.0], [target])
    scores = metrics.compute()
    assert scores["miou"] == 1
    assert scores["iou"].isnan().tolist() == [False, False, True]
