import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.ops import masks_to_boxes
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat, Mask

from cyclemlp.data.loading.collate import as_lists
from cyclemlp.data.loading.loader import DrawDataset, train_loader
from cyclemlp.data.loading.sampler import Draw
from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.split import Sample, Split
from cyclemlp.data.transforms.detect import (
    DetectionAugmentation,
    detection_eval_transform,
    detection_train_transform,
)
from cyclemlp.data.transforms.geometry import FitWithin, LimitedCrop, PadTo, fill_of
from cyclemlp.data.transforms.object_targets import PER_OBJECT
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.data.transforms.segment import (
    SegmentationAugmentation,
    segmentation_eval_transform,
    segmentation_train_transform,
)

HALF = (0.5, 0.5, 0.5)
PLAIN = Preprocessing((48, 96), interpolation="bilinear", mean=HALF, std=HALF)
ONE_SIZE = DetectionAugmentation()


def street(height: int = 40, width: int = 64) -> tuple[Image.Image, Mask]:
    """Red above and blue below a slope; 0 and 1 in the mask."""
    rows, columns = np.mgrid[:height, :width]
    mask = (rows > columns * height / width).astype(np.uint8)
    colors = np.array([[255, 0, 0], [0, 0, 255]], dtype=np.uint8)
    return Image.fromarray(colors[mask]), Mask(torch.from_numpy(mask))


def scene(boxes, crowd=(), size=(40, 64)):
    """A picture in which the objects of a target are white, one mask each."""
    pixels = np.zeros((*size, 3), dtype=np.uint8)
    masks = torch.zeros(len(boxes), *size, dtype=torch.uint8)
    for mask, (left, top, right, bottom) in zip(masks, boxes, strict=True):
        pixels[top:bottom, left:right] = 255
        mask[top:bottom, left:right] = 1
    target = {
        "boxes": BoundingBoxes(
            torch.tensor(boxes, dtype=torch.float32).view(-1, 4),  # type: ignore[arg-type]
            format=BoundingBoxFormat.XYXY,
            canvas_size=size,
        ),
        "labels": torch.arange(len(boxes)),
        "iscrowd": torch.tensor([int(i in crowd) for i in range(len(boxes))]),
        "area": torch.ones(len(boxes)),
        "image_id": 5,
        "size": size,
        "masks": Mask(masks),
    }
    return Image.fromarray(pixels), target


class Streets(Split):
    classes = ("sky", "ground")

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return Sample(*street(40 + index, 64))

    def source(self, index):
        return f"{index}.png"


@pytest.mark.parametrize("seed", range(8))
def test_a_mask_moves_with_its_picture(seed):
    settings = SegmentationAugmentation(crop=(32, 40), photometric=0, vflip=0.5)
    transform = segmentation_train_transform(PLAIN, settings, 2)
    with seeded(seed):
        image, mask = transform(*street())
    assert image.shape == (3, 32, 40)
    assert image.dtype == torch.float32
    assert mask.shape == (32, 40)
    assert mask.dtype == torch.int64
    assert type(image) is type(mask) is torch.Tensor
    seen = torch.where(image[0] > 0, 0, 1).where(mask != 255, 255)
    assert (seen == mask).float().mean() > 0.93  # but for the pixels that resizing blends
    assert float(image[:, mask == 255].abs().sum()) < 0.01 * image.numel()


def test_what_a_crop_lacks_is_ignored():
    settings = SegmentationAugmentation(scale=(0.25, 0.25), crop=(64, 64), photometric=0, hflip=0)
    image, mask = segmentation_train_transform(PLAIN, settings, 2)(*street())
    assert mask.shape == (64, 64)
    assert (mask[:12, :19] != 255).all()
    assert (mask[12:] == 255).all()
    assert (mask[:, 19:] == 255).all()
    assert image[:, 12:].abs().max() < 0.01


def test_a_crop_holds_more_than_one_class():
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
def test_fitting_keeps_the_shape(size, expected):
    image = FitWithin((48, 96))(Image.new("RGB", size))
    assert image.size == expected


@pytest.mark.parametrize("sides", [(683, 512), (512, 683), (480, 384), (160, 207)])
def test_masks_stay_at_their_place_in_another_size(sides):
    """Discs, each centred in its box: their centres of mass stay there, to a tenth of a pixel."""
    before, after = sides
    radius = before // 20
    places = [(before * i // 7, before * (3 * i % 7) // 7) for i in range(1, 7)]  # all apart
    boxes = [(x - radius, y - radius, x + radius, y + radius) for x, y in places]
    image, target = scene(boxes, size=(before, before))
    rows, columns = torch.arange(before)[:, None] + 0.5, torch.arange(before) + 0.5
    discs = torch.stack([(rows - y) ** 2 + (columns - x) ** 2 <= radius**2 for x, y in places])
    target["masks"] = Mask(discs.to(torch.uint8))
    fit = FitWithin((after, after))
    found = fit(image, target)[1]
    assert found["masks"].shape == (6, after, after)
    expected = (found["boxes"][:, :2] + found["boxes"][:, 2:]) / 2
    assert (centres(found["masks"]) - expected).mean(0).abs().max() < 0.1
    numbers = (discs * torch.arange(1, 7)[:, None, None]).amax(0).to(torch.int32)
    classes = fit(image, Mask(numbers))[1]
    assert classes.dtype == torch.int32
    apart = torch.stack([classes == number for number in range(1, 7)])
    assert (centres(apart) - expected).mean(0).abs().max() < 0.1


def centres(masks: torch.Tensor) -> torch.Tensor:
    """Centres of mass ``(N, 2)``, x and y in pixels, of masks ``(N, H, W)``."""
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


@pytest.mark.parametrize("seed", range(6))
def test_boxes_and_masks_move_together(seed):
    settings = DetectionAugmentation(scale=(0.5, 1.5), vflip=0.5)
    with seeded(seed):
        image, target = detection_train_transform(PLAIN, settings)(
            *scene([(4, 8, 20, 30), (30, 2, 60, 38), (1, 1, 9, 9)], crowd=(2,))
        )
    assert type(target["boxes"]) is torch.Tensor
    assert target["labels"].tolist() == [0, 1]
    assert target["masks"].shape == (2, *image.shape[1:])
    assert target["masks"].dtype == torch.uint8
    found = masks_to_boxes(target["masks"]) + torch.tensor([0, 0, 1, 1])
    assert (found - target["boxes"]).abs().max() <= 1
    assert target["image_id"] == 5


def test_vanishing_objects_are_dropped_with_all_their_entries():
    settings = DetectionAugmentation(scale=(0.1, 0.1), min_size=1)
    target = detection_train_transform(PLAIN, settings)(*scene([(4, 8, 10, 30), (0, 0, 60, 38)]))[1]
    assert target["labels"].tolist() == [1]
    assert [len(target[name]) for name in ("boxes", "iscrowd", "area", "masks")] == [1] * 4


def test_a_crop_cuts_boxes_and_masks_and_drops_what_lies_outside():
    settings = DetectionAugmentation(crop=(24, 24))
    for seed in range(8):
        with seeded(seed):
            image, target = detection_train_transform(PLAIN, settings)(
                *scene([(4, 8, 20, 30), (30, 2, 60, 38)], crowd=(0, 0))
            )
        assert image.shape == (3, 24, 24)
        assert target["masks"].shape == (len(target["labels"]), 24, 24)
        assert len(target["boxes"]) == len(target["labels"])
        assert (target["boxes"] >= 0).all()
        assert (target["boxes"] <= 24).all()


@pytest.mark.parametrize("masks", [True, False])
def test_after_a_crop_boxes_fit_what_is_left_of_their_masks(masks):
    """An L, whose box holds nothing of it in most crops, and a square; the crowd stays away."""
    picture, target = scene([(0, 0, 48, 48), (36, 4, 44, 12), (0, 0, 48, 48)], (2,), size=(48, 48))
    target["masks"][0, :40, 6:] = 0
    if not masks:
        del target["masks"]
    transform = detection_train_transform(PLAIN, DetectionAugmentation(crop=(24, 24)))
    counts = set()
    for seed in range(30):
        with seeded(seed):
            kept = transform(picture, target)[1]
        counts.add(tuple(kept["labels"].tolist()))
        if masks:
            assert kept["masks"].flatten(1).any(1).all()
            found = masks_to_boxes(kept["masks"]) + torch.tensor([0, 0, 1, 1])
            assert torch.equal(kept["boxes"], found)
            assert kept["boxes"].dtype == torch.float32
        assert {len(kept[name]) for name in (*PER_OBJECT, "boxes")} == {len(kept["labels"])}
    assert counts == ({(), (0,), (1,)} if masks else {(0,), (0, 1)})


def test_without_a_crop_boxes_stay_as_they_were_drawn():
    picture, target = scene([(4, 8, 20, 30)], size=(48, 48))
    target["masks"][0] = 0
    kept = detection_train_transform(PLAIN, DetectionAugmentation(hflip=0))(picture, target)[1]
    assert kept["boxes"].tolist() == [[4, 8, 20, 30]]


def test_a_picture_without_objects():
    image, target = detection_train_transform(PLAIN, ONE_SIZE)(*scene([]))
    assert image.shape == (3, 48, 77)
    assert target["boxes"].shape == (0, 4)
    assert target["masks"].shape == (0, 48, 77)
    settings = DetectionAugmentation(crop=(24, 24))
    target = detection_train_transform(PLAIN, settings)(*scene([]))[1]
    assert target["boxes"].shape == (0, 4)
    assert target["masks"].shape == (0, 24, 24)


def test_evaluation_leaves_targets_at_their_size():
    picture, mask = street()
    image, same = segmentation_eval_transform(PLAIN)(picture, mask)
    assert image.shape == (3, 48, 77)
    assert torch.equal(same, mask.long())
    assert torch.equal(segmentation_eval_transform(PLAIN)(picture), image)
    picture, target = scene([(4, 8, 20, 30)], crowd=(0,))
    image, kept = detection_eval_transform(PLAIN)(picture, target)
    assert image.shape == (3, 48, 77)
    assert kept["boxes"].tolist() == [[4, 8, 20, 30]]
    assert kept["size"] == (40, 64)
    assert kept["masks"].shape == (1, 40, 64)


def test_photometric_distortion_leaves_the_mask_alone():
    settings = SegmentationAugmentation(scale=(1, 1), crop=None, hflip=0, photometric=1)
    picture, mask = street()
    with seeded(1):
        image, numbers = segmentation_train_transform(PLAIN, settings, 2)(picture, mask)
    plain, expected = segmentation_train_transform(
        PLAIN, SegmentationAugmentation(scale=(1, 1), crop=None, hflip=0, photometric=0), 2
    )(picture, mask)
    assert torch.equal(numbers, expected)
    assert (image - plain).abs().max() > 0.05


@pytest.mark.parametrize("grey", [0, 20, 128, 250])
def test_brightness_is_added(grey):
    """The other changes leave a picture of one grey as it is."""
    settings = SegmentationAugmentation(scale=(1, 1), crop=None, hflip=0, photometric=1)
    transform = segmentation_train_transform(PLAIN, settings, 2)
    picture = Image.new("RGB", (96, 48), (grey,) * 3)
    mask = Mask(torch.zeros(48, 96, dtype=torch.uint8))
    found = []
    for seed in range(60):
        with seeded(seed):
            image = transform(picture, mask)[0]
        assert image.max() - image.min() < 1 / 255
        found.append(float(image.mean()) * 127.5 + 127.5)
    lowest, highest = max(grey - 32, 0), min(grey + 32, 255)
    assert lowest - 0.01 <= min(found) < lowest + 4
    assert highest - 4 < max(found) <= highest + 0.01


def test_draws_fix_a_sample_and_its_target():
    transform = segmentation_train_transform(PLAIN, SegmentationAugmentation(crop=(16, 24)), 2)
    dataset = DrawDataset(Streets(), transform, seed=2)
    first, again, other = (dataset[Draw(1, epoch)] for epoch in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_batches_of_both_kinds():
    transform = segmentation_train_transform(PLAIN, SegmentationAugmentation(crop=(16, 24)), 2)
    images, masks = next(iter(train_loader(Streets(), transform, batch_size=3)))
    assert images.shape == (3, 3, 16, 24)
    assert masks.shape == (3, 16, 24)
    transform = segmentation_eval_transform(PLAIN)
    loader = train_loader(Streets(), transform, batch_size=3, collate=as_lists)
    images, masks = next(iter(loader))
    assert len({image.shape for image in images}) == 3
    assert [mask.shape[1] for mask in masks] == [64] * 3


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"scale": (2, 1)}, r"augment\.scale is \(low, high\), above 0, got 2, 1"),
        ({"hflip": 2}, r"augment\.hflip is in 0\.\.1, got 2"),
        ({"max_share": 0}, r"augment\.max_share is above 0 and at most 1, got 0"),
        ({"crop": (0, 4)}, r"augment\.crop is \(height, width\) in pixels, got \(0, 4\)"),
        ({"min_size": 0.5}, r"augment\.min_size is at least 1, got 0\.5"),
        ({"short_sides": (0,)}, r"augment\.short_sides and augment\.repeats are at least 1"),
    ],
)
def test_settings_out_of_range(settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        (DetectionAugmentation if "min_size" in settings else SegmentationAugmentation)(**settings)
