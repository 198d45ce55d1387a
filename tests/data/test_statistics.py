"""Statistics of the channels."""

import numpy as np
import pytest

from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.statistics import measured_statistics


@pytest.fixture
def bands(tmp_path):
    """FOLDER/a/*.npy: five images of two bands of 16 bits, of different sizes."""
    rng = np.random.default_rng(0)
    (tmp_path / "a").mkdir()
    images = [rng.integers(0, 60000, (6 + i, 8, 2), np.uint16) for i in range(5)]
    for number, image in enumerate(images):
        np.save(tmp_path / "a" / f"{number}.npy", image)
    return tmp_path, images


def test_statistics_are_of_all_pixels(bands):
    folder, images = bands
    values = np.concatenate([image.reshape(-1, 2) for image in images]) / 65535
    mean, std, count = measured_statistics(ClassFolder(folder, "train").with_channels(2))
    np.testing.assert_allclose(mean, values.mean(0), rtol=1e-5)
    np.testing.assert_allclose(std, values.std(0), rtol=1e-5)
    assert count == 5


def test_a_part_is_evenly_spaced_and_unusable_images_are_left_out(bands):
    folder, images = bands
    split = ClassFolder(folder, "train").with_channels(2)
    values = np.concatenate([images[i].reshape(-1, 2) for i in (0, 2)]) / 65535
    np.testing.assert_allclose(measured_statistics(split, 2).mean, values.mean(0), rtol=1e-5)
    (folder / "a" / "2.npy").write_bytes(b"x")
    assert measured_statistics(split).images == 4
    for number in (0, 1, 3, 4):
        np.save(folder / "a" / f"{number}.npy", images[0])
    with pytest.raises(ValueError, match=r"no image can be read: .* the network takes 5"):
        measured_statistics(ClassFolder(folder, "train").with_channels(5))
