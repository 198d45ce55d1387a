import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cyclemlp.tasks.segmentation.windows import window_labels


def pointwise(images):
    """Return logits of each pixel that depend on no other pixel."""
    weight = torch.randn(5, 3, 1, 1, generator=torch.Generator().manual_seed(1), dtype=images.dtype)
    return torch.nn.functional.conv2d(images, weight)


@pytest.mark.parametrize("size", [(40, 40), (33, 100), (100, 33), (97, 131), (20, 70)])
@pytest.mark.parametrize("overlap", [0.0, 1 / 3, 0.7])
def test_windows_change_nothing_for_a_pointwise_network(size, overlap):
    image = torch.randn(3, *size, dtype=torch.float64)
    whole = pointwise(image[None])[0].argmax(0)
    assert torch.equal(window_labels(pointwise, image, 40, overlap), whole.int())


def test_the_centre_of_a_window_outweighs_the_edge_of_another():
    """Each pixel gets the label of the window whose centre is nearer."""

    def first_or_second(images):
        numbers = images[:, 0].amax((1, 2)) > 0
        logits = torch.zeros(len(images), 2, *images.shape[-2:])
        logits[~numbers, 0] = 1
        logits[numbers, 1] = 1
        return logits

    image = torch.zeros(3, 8, 24)
    image[0, :, -1] = 1  # inside the right window only
    labels = window_labels(first_or_second, image, 16, 0.5)
    assert (labels[:, :12] == 0).all()
    assert (labels[:, 12:] == 1).all()


class Largest(TorchDispatchMode):
    """Records the size of the largest floating-point tensor that an operator returns."""

    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor) and made.is_floating_point():
            self.elements = max(self.elements, made.numel())
        return made


def test_memory_is_that_of_one_row_of_windows():
    largest = []
    for height in (128, 1280):
        image = torch.zeros(3, height, 64)
        with Largest() as mode:
            window_labels(pointwise, image, 32, 0.25)
        largest.append(mode.elements)
    assert largest[0] == largest[1] < 5 * 128 * 64
