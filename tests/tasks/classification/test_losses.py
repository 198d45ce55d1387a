import torch
from torch.nn import functional as F

from cyclemlp.tasks.classification.losses import cross_entropy


def test_class_indices_and_their_probabilities_give_the_same_loss():
    logits, targets = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    hard = cross_entropy(logits, targets, 0.0)
    soft = cross_entropy(logits, F.one_hot(targets, 3).float(), 0.0)
    torch.testing.assert_close(hard, soft)
    torch.testing.assert_close(hard, F.cross_entropy(logits, targets))


def test_label_smoothing_mixes_targets_with_the_uniform_distribution():
    logits, targets = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    smoothed = 0.9 * F.one_hot(targets, 3) + 0.1 / 3
    expected = -(smoothed * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(cross_entropy(logits, targets, 0.1), expected)
