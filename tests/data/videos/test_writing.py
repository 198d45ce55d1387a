from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from cyclemlp.data.videos.reading import frame_rate, read_frames
from cyclemlp.data.videos.writing import VideoWriter


def picture(value, size):
    return Image.new("RGB", size, (value, value, value))


@pytest.mark.parametrize("size", [(64, 48), (65, 47)])
def test_pictures_come_back_at_their_times(tmp_path, size):
    path = tmp_path / "a.mp4"
    times = [0, 0.04, 0.5, 1.001]
    with VideoWriter(path, Fraction(25), size) as video:
        for number, time in enumerate(times):
            video.add(picture(50 * number, size), time)
    frames = [*read_frames(str(path))]
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1e-4)
    for number, frame in enumerate(frames):
        assert np.asarray(frame.image).mean() == pytest.approx(50 * number, abs=4)
    assert frames[0].image.size == (size[0] + size[0] % 2, size[1] + size[1] % 2)


def test_a_steady_rate_is_kept(tmp_path):
    path = tmp_path / "a.mp4"
    with VideoWriter(path, Fraction(30000, 1001), (32, 32)) as video:
        for number in range(5):
            video.add(picture(90, (32, 32)), number * 1001 / 30000)
    assert float(frame_rate(str(path))) == pytest.approx(30000 / 1001, rel=1e-3)


def test_a_picture_of_another_size_is_resized(tmp_path):
    path = tmp_path / "a.mp4"
    with VideoWriter(path, Fraction(25), (32, 32)) as video:
        video.add(picture(90, (32, 32)), 0)
        video.add(picture(90, (64, 32)), 0.04)
    assert [frame.image.size for frame in read_frames(str(path))] == [(32, 32), (32, 32)]
