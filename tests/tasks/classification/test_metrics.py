import torch
from torch.nn import functional as F

from cyclemlp.tasks.classification.metrics import CrossEntropy, classification_metrics


def test_metrics_over_uneven_batches_equal_those_of_a_single_batch():
    logits, targets = torch.randn(23, 8), torch.randint(8, (23,))
    whole, parts = classification_metrics(8), classification_metrics(8)
    whole.update(logits, targets)
    for piece in (slice(0, 10), slice(10, 20), slice(20, 23)):
        parts.update(logits[piece], targets[piece])
    torch.testing.assert_close(parts.compute(), whole.compute())
    ranks = (logits > logits.gather(1, targets[:, None])).sum(1)
    assert whole.compute()["top1"] == (ranks < 1).float().mean()
    assert whole.compute()["top5"] == (ranks < 5).float().mean()
    torch.testing.assert_close(whole.compute()["loss"], F.cross_entropy(logits, targets))


def test_top1_and_top5_differ_after_a_first_batch_in_which_they_agree():
    metrics = classification_metrics(8, detailed=True)
    right = torch.eye(8)
    metrics.update(right, torch.arange(8))
    metrics.update(right, torch.arange(8).roll(1))
    assert metrics.compute()["top1"] == 0.5


def test_detailed_metrics_have_shapes_by_their_kind():
    metrics = classification_metrics(3, detailed=True)
    metrics.update(torch.eye(3)[[0, 0, 1]], torch.tensor([0, 1, 1]))
    shapes = {name: tuple(value.shape) for name, value in metrics.compute().items()}
    assert shapes == {
        "top1": (), "top5": (), "loss": (), "precision": (3,), "recall": (3,), "confusion": (3, 3)
    }  # fmt: skip
    assert metrics.compute()["confusion"].tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert metrics.compute()["recall"].tolist() == [1.0, 0.5, 0.0]


def test_the_cross_entropy_metric_keeps_the_contract_of_torchmetrics():
    metric, logits, targets = CrossEntropy(), torch.randn(4, 3), torch.tensor([0, 1, 2, 1])
    expected = F.cross_entropy(logits, targets)
    torch.testing.assert_close(metric(logits, targets), expected)
    torch.testing.assert_close(metric.compute(), expected)
    metric.reset()
    metric.update(logits[:1], targets[:1])
    torch.testing.assert_close(metric.compute(), F.cross_entropy(logits[:1], targets[:1]))
