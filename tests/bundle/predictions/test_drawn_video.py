from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from cyclemlp.bundle.predictions.drawn_video import DrawnVideo
from cyclemlp.data.videos.reading import Frame, read_frames
from cyclemlp.tasks.segmentation.prediction import SegmentationPrediction

SIZE = (192, 160)
CLASSES = tuple(f"a class with a long name {number}" for number in range(4))
COLORS = ((200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0))


def segmented(classes):
    """Return a prediction with `classes` classes, whose legend has a line for each."""
    mask = np.zeros(SIZE[::-1], np.uint8)
    mask[0, :classes] = range(classes)
    return SegmentationPrediction(mask, CLASSES, COLORS)


def frames(count):
    return [Frame(n, n / 25, Image.new("RGB", SIZE, (90, 90, 90))) for n in range(count)]


def test_the_video_has_one_size_though_legends_differ(tmp_path):
    lines = (2, 1, 4)
    with DrawnVideo(tmp_path / "a.mp4", Fraction(25)) as video:
        for frame, classes in zip(frames(3), lines, strict=True):
            video.add(frame, segmented(classes))
    first, short, long = (frame.image for frame in read_frames(str(tmp_path / "a.mp4")))
    assert first.size == short.size == long.size
    assert first.size[0] == SIZE[0]
    step = (first.height - SIZE[1]) // 2  # height of a line

    def squares(image, top):
        return np.asarray(image)[top : top + step, :20].max(axis=(0, 1)).argmax()

    assert (squares(first, SIZE[1]), squares(first, SIZE[1] + step)) == (0, 1)
    assert squares(short, SIZE[1]) == 0
    assert squares(long, first.height - 2 * step) == 2  # the last lines are below the picture


def test_an_error_leaves_no_file(tmp_path):
    def fail():
        with DrawnVideo(tmp_path / "drawn" / "a.mp4", Fraction(25)) as video:
            video.add(frames(1)[0], segmented(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not [*(tmp_path / "drawn").iterdir()]
