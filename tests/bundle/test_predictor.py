import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.bundle.predictor import Predictor

from .test_bundle import SIZE, make_bundle


@pytest.fixture(scope="module")
def predictor():
    bundle = make_bundle()
    return Predictor(bundle.network, bundle.task(), bundle.config.preprocessing, batch_size=3)


@pytest.fixture(scope="module")
def image():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def same(prediction, other):
    assert prediction.labels == other.labels
    assert prediction.probabilities == pytest.approx(other.probabilities, abs=1e-6)


def test_every_kind_of_image_gives_the_same_prediction(predictor, image, tmp_path):
    image.save(tmp_path / "image.png")
    array = np.asarray(image)
    tensor = torch.from_numpy(array.copy()).permute(2, 0, 1)
    expected = predictor(image)
    for kind in (tmp_path / "image.png", str(tmp_path / "image.png"), array, tensor, tensor / 255):
        same(predictor(kind), expected)


def test_grey_images_are_three_equal_channels(predictor, image):
    grey = image.convert("L")
    expected = predictor(grey.convert("RGB"))
    same(predictor(np.asarray(grey)), expected)
    same(predictor(torch.from_numpy(np.array(grey))[None]), expected)


def test_a_list_gives_a_list_and_batches_change_nothing(predictor, image):
    images = [image.rotate(angle) for angle in range(0, 70, 10)]
    predictions = predictor(images)
    assert len(predictions) == 7
    for prediction, single in zip(predictions, images, strict=True):
        same(prediction, predictor(single))
    assert predictor([]) == []


def test_the_prediction_is_the_networks(predictor, image):
    with torch.inference_mode():
        logits = predictor.network(predictor.transform(image)[None])
    assert predictor(image).probability == pytest.approx(logits.softmax(1).max().item())


def test_the_network_is_in_evaluation_mode_and_prepared_images_have_the_size(predictor, image):
    assert not predictor.network.training
    assert predictor.transform(image).shape == (3, SIZE, SIZE)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros((4, 4, 3)), r"uint8 of shape \(H, W, 3\) or \(H, W\); got float64 \(4, 4, 3\)"),
        (
            np.zeros((3, 4, 4), np.uint8),
            r"got uint8 \(3, 4, 4\); convert it, or give a \(C, H, W\) tensor",
        ),
        (torch.zeros(4, 4, 3), r"\(C, H, W\) with 1 or 3 channels; got \(4, 4, 3\)"),
        (torch.full((3, 4, 4), 2.0), r"floating point in 0\.\.1; got torch\.float32 in 2\.\.2"),
        (torch.zeros(3, 4, 4, dtype=torch.int32), r"got torch\.int32"),
        (7, "a path, a PIL image, an array or a tensor; got int"),
    ],
)
def test_what_is_no_image_is_refused(predictor, wrong, message):
    with pytest.raises(ValueError, match=message):
        predictor(wrong)


def test_a_missing_file(predictor, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        predictor(tmp_path / "nowhere.png")


def test_an_impossible_batch_size():
    bundle = make_bundle()
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        Predictor(bundle.network, bundle.task(), bundle.config.preprocessing, batch_size=0)


def test_a_size_the_network_does_not_take():
    bundle = make_bundle("vit_tiny_patch16_224", img_size=64)
    with pytest.raises(ValueError, match="this network does not take 96 × 96 images: "):
        Predictor(bundle.network, bundle.task(), bundle.config.preprocessing, image_size=96)
