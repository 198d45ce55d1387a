import numpy as np
import pytest
import torch

from .bundles import same


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
def test_other_values_are_refused(predictor, wrong, message):
    with pytest.raises(ValueError, match=message):
        predictor(wrong)


def test_a_missing_file_is_refused(predictor, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        predictor(tmp_path / "nowhere.png")
