"""A bundle whose network takes other than three channels."""

import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.loading import load
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.classification.task import Classification

VALUES = np.random.default_rng(0).integers(0, 4000, (40, 48, 4), np.uint16)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory) -> Predictor:
    """A network of four channels, saved and loaded."""
    folder = tmp_path_factory.mktemp("bundle")
    task = Classification(("a", "b"))
    args = {"in_chans": 4}
    pre = Preprocessing((32, 32), mean=(0.03,) * 4, std=(0.02,) * 4)
    network = task.build("cyclemlp_nano", **args)
    Bundle.from_task(network, task, "cyclemlp_nano", pre, args).save_pretrained(folder)
    return load(folder, image_size=32)


def test_files_arrays_and_tensors_give_the_same(predictor, tmp_path):
    np.save(tmp_path / "a.npy", VALUES)
    tensor = torch.from_numpy(VALUES.astype(np.float32) / 65535).movedim(-1, 0)
    images = [tmp_path / "a.npy", VALUES, tensor]
    first, *others = (predictor(image).probabilities for image in images)
    assert predictor.channels == 4
    for other in others:
        assert other == pytest.approx(first, abs=1e-4)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (VALUES[..., :3], r"its array images are \(H, W, C\); got \(40, 48, 3\)"),
        (torch.zeros(3, 40, 48), r"its tensor images are \(C, H, W\); got \(3, 40, 48\)"),
        (Image.new("RGB", (40, 48)), "has 3 channels, but the network takes 4; "),
    ],
)
def test_another_number_of_channels_is_refused(predictor, image, message):
    with pytest.raises(ValueError, match=message):
        predictor(image)


def test_a_file_of_another_number_is_named(predictor, tmp_path):
    Image.new("RGB", (40, 48)).save(tmp_path / "rgb.png")
    with pytest.raises(ValueError, match=r"rgb\.png: has 3 channels, but the network takes 4; "):
        predictor(tmp_path / "rgb.png")
