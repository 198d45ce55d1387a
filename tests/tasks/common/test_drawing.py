import numpy as np
import pytest
from PIL import Image

from cyclemlp.tasks.classification.drawing import label_strip
from cyclemlp.tasks.common.drawing import at_least_readable
from cyclemlp.tasks.detection.drawing import Drawn, draw_objects
from cyclemlp.tasks.segmentation.drawing import legend, overlay

RED = (255, 0, 0)


@pytest.mark.parametrize(("size", "width"), [((8, 8), 160), ((1, 100), 160), ((200, 9), 200)])
def test_a_tiny_picture_is_enlarged_until_text_fits(size, width):
    assert at_least_readable(Image.new("RGB", size)).width == width


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (1, 1)])
def test_a_thin_picture_is_drawn_in_little_memory(size):
    image = Image.new("RGB", size)
    mask = np.zeros((size[1], size[0]), np.uint8)
    drawings = [
        label_strip(image, "a name"),
        legend(overlay(image, mask, [RED]), [("a name", RED)]),
        draw_objects(image, [Drawn((0, 0, *size), "a name", RED)]),
    ]
    for drawn in drawings:
        assert drawn.width * drawn.height < 6_000_000


def test_an_overlay_in_bands_equals_one_of_the_whole(monkeypatch):
    drawn = np.random.default_rng(0)
    image = Image.fromarray(drawn.integers(0, 256, (9, 7, 3), dtype=np.uint8))
    mask = drawn.integers(0, 4, (9, 7), dtype=np.uint8)
    colors = [(1, 2, 3), (250, 9, 80), (0, 255, 0)]  # 3 has none
    whole = np.asarray(overlay(image, mask, colors))
    monkeypatch.setattr("cyclemlp.tasks.segmentation.drawing._PIXELS_AT_ONCE", 8)
    assert np.array_equal(whole, np.asarray(overlay(image, mask, colors)))
    before = np.asarray(image)
    assert np.array_equal(whole[mask == 3], before[mask == 3])
    expected = 0.45 * before[mask == 1] + 0.55 * np.array(colors[1])
    assert np.array_equal(whole[mask == 1], expected.round())
