import torch
from torch.nn import functional as F

from cyclemlp.tasks.segmentation.labels import labels_at


def test_labels_at_another_size_are_those_of_the_interpolated_logits():
    logits = torch.randn(37, 9, 7)
    expected = F.interpolate(logits[None], (20, 31), mode="bilinear")[0].argmax(0)
    assert torch.equal(labels_at(logits, (20, 31)), expected.int())
    labels = torch.arange(4).view(2, 2).int()
    assert labels_at(labels, (4, 4))[::2, ::2].tolist() == labels.tolist()
