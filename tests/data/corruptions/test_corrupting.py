"""Every corruption: its severity grows, and it is the same again."""

import numpy as np
import pytest
from PIL import Image

from cyclemlp.data.corruptions.corrupting import _FUNCTIONS, corrupted
from cyclemlp.data.corruptions.names import CORRUPTIONS, SEVERITIES, chosen
from cyclemlp.data.generated.drawing import draw_scene

# The published strengths change in kind from severity 2 to 3: a warp of the whole picture, then
# small waves; less colour, then more.
TWO_KINDS = ("elastic_transform", "saturate")
# Ice and fog also brighten: the distance in values does not grow with what they hide.
HIDING = ("frost", "fog")


@pytest.fixture(scope="module")
def pictures():
    return [Image.fromarray(draw_scene((64, 64), (7, n)).pixels) for n in range(3)]


def _pixels(picture, *args):
    return np.asarray(corrupted(picture, *args) if args else picture, float)


def _distance(name, picture, severity):
    clean, seen = _pixels(picture), _pixels(picture, name, severity)
    if name in HIDING:
        return 1 - np.corrcoef(clean.ravel(), seen.ravel())[0, 1]
    return np.sqrt(((seen - clean) ** 2).mean())


def test_every_name_has_a_function():
    assert list(_FUNCTIONS) == list(CORRUPTIONS)
    assert len(chosen(["standard"])) == 15
    assert len(chosen(["extra"])) == 4
    assert chosen(["saturate", "noise"])[0] == "gaussian_noise"


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_higher_severity_is_further_from_the_picture(name, pictures):
    far = [np.mean([_distance(name, one, s) for one in pictures]) for s in SEVERITIES]
    assert far[0] > 0
    groups = (far[:2], far[2:]) if name in TWO_KINDS else (far,)
    for group in groups:
        assert group == sorted(group), far


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("size", [(32, 32), (33, 47)])
def test_any_size_and_the_same_again(name, size):
    picture = Image.fromarray(draw_scene(size, (1, 2)).pixels)
    first, again = corrupted(picture, name, 3), corrupted(picture, name, 3)
    assert (first.mode, first.size) == ("RGB", picture.size)
    assert np.array_equal(_pixels(first), _pixels(again))
    assert not np.array_equal(_pixels(first), _pixels(picture))


@pytest.mark.parametrize("name", ["gaussian_noise", "glass_blur", "snow", "frost", "spatter"])
def test_the_seed_and_the_picture_choose_the_draws(name, pictures):
    first, other = pictures[:2]
    assert not np.array_equal(_pixels(first, name, 4), _pixels(first, name, 4, 1))
    change = _pixels(first, name, 4) - _pixels(first)
    assert not np.array_equal(change, _pixels(other, name, 4) - _pixels(other))


def test_the_draws_leave_the_global_generators_alone(pictures):
    before = np.random.get_state(legacy=False)["state"]["pos"]  # noqa: NPY002
    corrupted(pictures[0], "snow", 2)
    assert np.random.get_state(legacy=False)["state"]["pos"] == before  # noqa: NPY002


def test_one_color_and_black_survive_every_corruption():
    for shade in (0, 255):
        plain = Image.new("RGB", (40, 36), (shade,) * 3)
        for name in CORRUPTIONS:
            assert corrupted(plain, name, 5).size == plain.size, name


def test_published_strengths_act_as_described(pictures):
    gray = Image.new("RGB", (224, 224), (128, 128, 128))
    noise = _pixels(gray, "gaussian_noise", 1) / 255
    assert noise.std() == pytest.approx(0.08, rel=0.02)
    salted = _pixels(gray, "impulse_noise", 5)
    assert np.isin(salted, (0, 255)).mean() == pytest.approx(0.27, abs=0.01)
    low = _pixels(pictures[0], "contrast", 1).std((0, 1))
    assert low == pytest.approx(0.4 * _pixels(pictures[0]).std((0, 1)), rel=0.02)
    bright = _pixels(gray, "brightness", 2)
    assert np.unique(bright).tolist() == [179]


def test_a_length_is_relative_to_the_short_side():
    def width(side):
        point = np.zeros((side, side, 3), np.uint8)
        point[side // 2 :] = 255
        edge = _pixels(Image.fromarray(point), "gaussian_blur", 5)[:, 0, 0]
        return np.ptp(np.interp((64, 192), edge, np.arange(side))) / side

    assert width(112) == pytest.approx(width(448), rel=0.1)


def test_an_unknown_name_gets_an_offer():
    with pytest.raises(ValueError, match="did you mean fog"):
        chosen(["fogg"])
