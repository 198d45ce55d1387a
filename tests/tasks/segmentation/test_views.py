import torch
from torch.nn import functional as F

from cyclemlp.tasks.segmentation.views import Views

from .fixed import Fixed


def test_flip_and_scales_average_probabilities():
    """The flip changes nothing because this network maps each pixel independently."""
    image = torch.randn(3, 8, 8)
    (plain,) = Views().logits(Fixed(), image[None])
    (flipped,) = Views(flip=True).logits(Fixed(), image[None])
    torch.testing.assert_close(flipped.softmax(0), plain.softmax(0))
    (scaled,) = Views([1, 2], flip=True).logits(Fixed(), image[None])
    twice = F.interpolate(image[None], (16, 16), mode="bilinear", antialias=True)
    back = F.interpolate(twice, (8, 8), mode="bilinear")[0]
    torch.testing.assert_close(scaled.exp(), (plain.softmax(0) + back.softmax(0)) / 2)
