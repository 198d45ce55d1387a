from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from cyclemlp.data.layouts.masks.mask_files import read_index_mask
from cyclemlp.tasks.common.palette import palette
from cyclemlp.tasks.segmentation.labels import labels_at
from cyclemlp.tasks.segmentation.network import Segmenter
from cyclemlp.tasks.segmentation.prediction import SegmentationPrediction
from cyclemlp.tasks.segmentation.task import Segmentation

CLASSES = ("sky", "road", "car")
NARROW = {"decoder_pyramid_channels": 32, "decoder_segmentation_channels": 32}
TINY: dict[str, Any] = {"dims": [8, 16, 16, 24], "depths": [1, 1, 1, 1]}


@pytest.fixture
def task():
    return Segmentation(CLASSES, decoder_args=NARROW)


@pytest.fixture
def network(task):
    return task.build("cyclemlp_nano", **TINY).eval()


class Fixed(torch.nn.Module):
    """Gives the image's own values as logits."""

    def forward(self, images):
        return images


@pytest.mark.parametrize("size", [(64, 64), (33, 65), (97, 131), (1, 1), (300, 40)])
def test_logits_have_the_images_size(network, size):
    assert network(torch.randn(2, 3, *size)).shape == (2, 3, *size)


@pytest.mark.parametrize(
    "model", ["cyclemlp_nano", "resnet18", "pvt_v2_b0", "mobilenetv3_small_100"]
)
def test_any_pyramid_trains_every_parameter(model):
    task = Segmentation(CLASSES, decoder_args=NARROW, auxiliary=0.4, dice=0.5, lovasz=0.5)
    network = task.build(model).train()
    images = [torch.randn(3, 64, 64) for _ in range(2)]
    masks = [torch.randint(3, (64, 64)) for _ in range(2)]
    losses = task.losses(network, images, masks)
    assert set(losses) == {"cross_entropy", "dice", "lovasz", "auxiliary"}
    torch.stack([*losses.values()]).sum().backward()
    without = [name for name, p in network.named_parameters() if p.grad is None]
    assert not without


def test_swin_takes_images_of_any_shape(task):
    network = task.build("swin_tiny_patch4_window7_224", depths=(1, 1, 1, 1)).eval()
    assert network(torch.randn(1, 3, 70, 110)).shape == (1, 3, 70, 110)


@pytest.mark.parametrize(
    ("decoder", "decoder_args", "size"),
    [
        ("unet", {"decoder_channels": [32, 16, 16, 8, 8]}, (40, 50)),
        ("pan", {}, (225, 250)),  # it halves the coarsest map three times more
    ],
)
def test_the_other_decoders_go_by_name(decoder, decoder_args, size):
    task = Segmentation(CLASSES, decoder=decoder, decoder_args=decoder_args)
    network = task.build("cyclemlp_nano", **TINY).eval()
    assert network(torch.randn(1, 3, *size)).shape[-2:] == size


@pytest.mark.parametrize(
    ("settings", "model", "message"),
    [
        ({"decoder": "dpt", "auxiliary": 0.4}, "cyclemlp_nano", "stride 16, which decoder 'dpt'"),
        ({"decoder": "pspnet", "auxiliary": 0.4}, "cyclemlp_nano", "leave auxiliary out"),
        ({"decoder": "fpm"}, "cyclemlp_nano", "no decoder 'fpm'; the decoders are: .*fpn"),
        ({"decoder_args": {"width": 3}}, "cyclemlp_nano", "'fpn' cannot be built .*width"),
        (
            {},
            "vit_tiny_patch16_224",
            "strides 4, 8, 16 and 32, and 'vit_tiny_patch16_224' gives 16",
        ),
        ({}, "cyclemlp_nona", "no model 'cyclemlp_nona' .* did you mean cyclemlp_nano"),
    ],
)
def test_what_cannot_be_built_is_said(settings, model, message):
    with pytest.raises(ValueError, match=message):
        Segmentation(CLASSES, **settings).build(model)


@pytest.mark.parametrize("decoder", ["fpn", "upernet", "segformer", "pspnet"])
def test_enlarged_maps_keep_their_pixels_places(decoder):
    network = Segmentation(CLASSES, decoder=decoder).build("cyclemlp_nano").network
    centres = (torch.arange(8) + 0.5).expand(1, 1, 8, 8)
    enlarging: list[Any] = [
        module for module in network.modules() if isinstance(module, nn.Upsample)
    ]
    assert enlarging
    for module in enlarging:
        factor = int(module.scale_factor)
        found = factor * module(centres)[0, 0, 0]
        inner = slice(factor, -factor)  # beyond the outermost centres it is constant
        torch.testing.assert_close(found[inner], (torch.arange(8 * factor) + 0.5)[inner])
    assert not any(getattr(module, "upsample", False) is True for module in network.modules())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cross_entropy": 0.0}, "loss weights are at least 0, and one of them above"),
        ({"dice": -1.0}, "loss weights are at least 0"),
        ({"class_weights": [1.0]}, "a weight for each of the 3 classes; got 1"),
        ({"class_weights": [1, -1, 1]}, r"class_weights are at least 0.*-1"),
        ({"class_weights": [1, float("nan"), 1]}, r"class_weights are at least 0.*nan"),
        ({"class_weights": [0, 0, 0]}, r"class_weights are at least 0, and one of them above"),
        ({"window": 8}, "window is at least 32 pixels, got 8"),
        ({"overlap": 1.0}, "overlap is at least 0 and below 1, got 1.0"),
        ({"scales": [0.0]}, r"scales are factors above 0, got \[0.0\]"),
        ({"colors": [(0, 0, 0)]}, "a colour for each class; it got 1 for 3"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Segmentation(CLASSES, **settings)


def test_the_loss_is_the_mean_over_pixels_that_count(task):
    images = [torch.randn(3, 4, 4) for _ in range(2)]
    masks = [torch.randint(3, (4, 4)) for _ in range(2)]
    masks[0][:2] = 255
    loss = task.losses(Fixed(), images, masks)["loss"]
    expected = F.cross_entropy(torch.stack(images), torch.stack(masks), ignore_index=255)
    torch.testing.assert_close(loss, expected)
    weighted = Segmentation(CLASSES, class_weights=[1, 2, 0.5])
    torch.testing.assert_close(
        weighted.losses(Fixed(), images, masks)["loss"],
        F.cross_entropy(
            torch.stack(images),
            torch.stack(masks),
            torch.tensor([1, 2, 0.5]),
            ignore_index=255,
        ),
    )


def test_a_batch_without_a_pixel_that_counts_is_worth_nothing():
    task = Segmentation(CLASSES, dice=1.0, lovasz=1.0)
    images = [torch.randn(3, 4, 4, requires_grad=True)]
    losses = task.losses(Fixed(), images, [torch.full((4, 4), 255)])
    total = torch.stack([*losses.values()]).sum()
    total.backward()
    assert total.isfinite()
    assert images[0].grad is not None
    assert images[0].grad.isfinite().all()


def test_a_decoder_that_normalises_whole_images_wants_two_of_them():
    task = Segmentation(CLASSES, decoder="upernet")
    network = task.build("cyclemlp_nano").train()
    with pytest.raises(ValueError, match="got one image; --batch-size 2 or more"):
        task.losses(network, [torch.randn(3, 64, 64)], [torch.zeros(64, 64, dtype=torch.int64)])


def test_training_images_of_several_sizes_are_refused_with_what_to_do(task):
    images = [torch.randn(3, 4, 4), torch.randn(3, 4, 8)]
    masks = [torch.zeros(4, 4).long(), torch.zeros(4, 8).long()]
    with pytest.raises(ValueError, match=r"images of one size, got .*set --augment\.crop"):
        task.losses(Fixed(), images, masks)


def test_a_prediction_does_not_depend_on_the_batch(task, network):
    network = network.double()
    sizes = [(40, 64), (64, 40), (40, 64), (33, 33)]
    images = [torch.randn(3, *size, dtype=torch.float64) for size in sizes]
    with torch.inference_mode():
        together = task.infer(network, images)
        for image, output in zip(images, together, strict=True):
            (alone,) = task.infer(network, [image])
            torch.testing.assert_close(output, alone, atol=1e-5, rtol=1e-5)


def test_flip_and_scales_average_probabilities():
    """Of a network that looks at each pixel alone, a flip changes nothing."""
    image = torch.randn(3, 8, 8)
    (plain,) = Segmentation(CLASSES).infer(Fixed(), [image])
    (flipped,) = Segmentation(CLASSES, flip=True).infer(Fixed(), [image])
    torch.testing.assert_close(flipped.softmax(0), plain.softmax(0))
    (scaled,) = Segmentation(CLASSES, scales=[1, 2], flip=True).infer(Fixed(), [image])
    twice = F.interpolate(image[None], (16, 16), mode="bilinear", antialias=True)
    back = F.interpolate(twice, (8, 8), mode="bilinear")[0]
    torch.testing.assert_close(scaled.exp(), (plain.softmax(0) + back.softmax(0)) / 2)


def test_windows_and_the_whole_agree_where_windows_see_enough(network):
    """A window at least as large as the image is the image."""
    image = torch.randn(3, 60, 50)
    with torch.inference_mode():
        (logits,) = Segmentation(CLASSES).infer(network, [image])
        (labels,) = Segmentation(CLASSES, window=64).infer(network, [image])
    assert torch.equal(labels, logits.argmax(0).int())


def test_labels_at_another_size_are_those_of_the_interpolated_logits():
    logits = torch.randn(37, 9, 7)
    expected = F.interpolate(logits[None], (20, 31), mode="bilinear")[0].argmax(0)
    assert torch.equal(labels_at(logits, (20, 31)), expected.int())
    labels = torch.arange(4).view(2, 2).int()
    assert labels_at(labels, (4, 4))[::2, ::2].tolist() == labels.tolist()


def naive(pairs, classes):
    """IoU and accuracy by counting pixels, class by class."""
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


def test_metrics_are_of_the_data_set_and_not_of_images():
    task = Segmentation([str(i) for i in range(6)])
    metrics, pairs = task.metrics(), []
    for size in ((8, 8), (5, 9), (16, 4)):
        logits, target = torch.randn(6, *size), torch.randint(5, size)  # class 5 is never true
        logits[4] -= 100  # and class 4 never predicted
        logits[5] -= 100
        target[0, :3] = 255
        metrics.update([logits], [target])
        pairs.append((logits.argmax(0), target))
    scores = metrics.compute()
    found = [float(scores[name]) for name in ("miou", "accuracy", "mean_accuracy")]
    assert found == pytest.approx(naive(pairs, 6))
    assert 0 < found[0] < 1


def test_metrics_compare_at_the_masks_size():
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


def test_an_absent_class_has_no_figure_and_does_not_count():
    metrics = Segmentation(CLASSES).metrics(detailed=True)
    target = torch.tensor([[0, 1], [1, 0]])
    metrics.update([F.one_hot(target, 3).permute(2, 0, 1) * 9.0], [target])
    scores = metrics.compute()
    assert scores["miou"] == 1
    assert scores["iou"].isnan().tolist() == [False, False, True]


def test_a_saved_mask_is_the_prediction_whatever_the_number_of_classes(tmp_path):
    for count, dtype in ((3, np.uint8), (200, np.uint8), (300, np.uint16)):
        labels = torch.randint(count, (20, 30))
        classes = [f"class {i}" for i in range(count)]
        prediction = SegmentationPrediction.of(labels, classes, palette(count))
        assert prediction.mask.dtype == dtype
        prediction.save(tmp_path / "mask.png")
        assert np.array_equal(read_index_mask(str(tmp_path / "mask.png")), labels.numpy())


def test_a_prediction_in_words_and_numbers():
    labels = torch.tensor([[2, 2, 2, 0]])
    prediction = SegmentationPrediction.of(labels, CLASSES, palette(3))
    assert str(prediction) == "car 75.0%, sky 25.0%"
    assert prediction.to_dict() == {
        "size": [1, 4],
        "classes": [{"label": "car", "share": 0.75}, {"label": "sky", "share": 0.25}],
    }


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (640, 480), (50, 1000)])
def test_drawing_lays_colours_over_the_image_and_names_below(size):
    width, height = size
    image = Image.new("RGB", size, (100, 100, 100))
    labels = torch.zeros(height, width).long()
    labels[:, width // 2 :] = 1
    labels[0, 0] = 255
    drawn = SegmentationPrediction.of(
        labels, CLASSES, ((255, 0, 0), (0, 255, 0), (0, 0, 255))
    ).draw(image)
    factor = drawn.width // width
    assert drawn.height > height * factor or width == 1  # a single ignored pixel has no names
    picture = np.asarray(drawn)[: height * factor : factor, ::factor]
    assert picture[0, 0].tolist() == [100, 100, 100]
    if width > 2:
        assert picture[-1, 0, 0] > 150 > picture[-1, 0, 1]
        assert picture[-1, -1, 1] > 150 > picture[-1, -1, 0]


def test_palettes_have_distinct_colours():
    for count in (1, 20, 150):
        assert len(set(palette(count))) == count


def test_truth_leaves_ignored_pixels_without_a_class(task):
    truth = task.truth(torch.tensor([[0, 255], [1, 1]]))
    assert truth.shares == {"road": 0.5, "sky": 0.25}


def test_an_auxiliary_head_learns_and_takes_no_part_in_predictions():
    task = Segmentation(CLASSES, decoder_args=NARROW, auxiliary=0.4)
    network = task.build("cyclemlp_nano", **TINY)
    assert isinstance(network, Segmenter)
    assert isinstance(network.train()(torch.randn(2, 3, 40, 50)), tuple)
    before = network.eval()(torch.zeros(1, 3, 40, 50))
    assert network.auxiliary is not None
    with torch.no_grad():
        for parameter in network.auxiliary.parameters():
            parameter.add_(1)
    assert torch.equal(network(torch.zeros(1, 3, 40, 50)), before)
