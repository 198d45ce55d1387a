import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.tv_tensors import Mask

from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.transforms.geometry import FitWithin, LimitedCrop, PadTo, fill_of

from .dense_data import HALF, scene, street


def test_a_crop_limits_the_share_of_a_class():
    mask = torch.zeros(64, 64, dtype=torch.uint8)
    mask[:, 54:] = 1
    picture = Image.new("RGB", (64, 64))

    def shares(limit: float) -> list[float]:
        crop = LimitedCrop((16, 16), limit)
        found = []
        for seed in range(40):
            with seeded(seed):
                found.append(float(crop(picture, Mask(mask))[1].float().mean()))
        return found

    free, limited = shares(1.0), shares(0.75)
    assert sum(0.25 < share < 0.75 for share in limited) > 2 * sum(
        0.25 < share < 0.75 for share in free
    )
    ignored = Mask(torch.full((64, 64), 255, dtype=torch.uint8))
    assert (LimitedCrop((16, 16), 0.75)(picture, ignored)[1] == 255).all()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((64, 40), (77, 48)), ((40, 64), (48, 77)), ((300, 20), (96, 6)), ((48, 96), (48, 96))],
)
def test_fitting_keeps_the_aspect_ratio(size, expected):
    image = FitWithin((48, 96))(Image.new("RGB", size))
    assert image.size == expected


@pytest.mark.parametrize("sides", [(683, 512), (512, 683), (480, 384), (160, 207)])
def test_resizing_does_not_shift_masks(sides):
    """The centers of mass of discs stay in the centers of their boxes, to a tenth of a pixel."""
    before, after = sides
    radius = before // 20
    places = [(before * i // 7, before * (3 * i % 7) // 7) for i in range(1, 7)]  # no overlap
    boxes = [(x - radius, y - radius, x + radius, y + radius) for x, y in places]
    image, target = scene(boxes, size=(before, before))
    rows, columns = torch.arange(before)[:, None] + 0.5, torch.arange(before) + 0.5
    discs = torch.stack([(rows - y) ** 2 + (columns - x) ** 2 <= radius**2 for x, y in places])
    target["masks"] = Mask(discs.to(torch.uint8))
    fit = FitWithin((after, after))
    found = fit(image, target)[1]
    assert found["masks"].shape == (6, after, after)
    expected = (found["boxes"][:, :2] + found["boxes"][:, 2:]) / 2
    assert (centers(found["masks"]) - expected).mean(0).abs().max() < 0.1
    numbers = (discs * torch.arange(1, 7)[:, None, None]).amax(0).to(torch.int32)
    classes = fit(image, Mask(numbers))[1]
    assert classes.dtype == torch.int32
    apart = torch.stack([classes == number for number in range(1, 7)])
    assert (centers(apart) - expected).mean(0).abs().max() < 0.1


def centers(masks: torch.Tensor) -> torch.Tensor:
    """Return centers of mass ``(N, 2)``, x and y in pixels, of masks ``(N, H, W)``."""
    return torch.stack([mask.nonzero().flip(1).float().mean(0) + 0.5 for mask in masks])


def test_short_sides_are_drawn():
    fit = FitWithin((48, 1000), short_sides=(20, 30, 40))
    heights = set()
    for seed in range(20):
        with seeded(seed):
            heights.add(fit(Image.new("RGB", (60, 40))).height)
    assert heights == {20, 30, 40}


def test_padding_to_a_size():
    pad = PadTo((64, 32), fill_of(HALF, 255))
    image, mask = pad(*street(40, 64))
    assert image.size == (64, 64)
    assert (mask[40:] == 255).all()
    assert np.asarray(image)[63, 0].tolist() == [128, 128, 128]
