"""What the layers and the stages of a network see."""

import json

import numpy as np
import pytest

from cyclemlp.comparing.receptive.kernels import pseudo_kernels
from cyclemlp.models.layers import CycleFC
from cyclemlp.verbs.receptive import receptive


def test_a_pseudo_kernel_is_the_set_of_offsets_of_a_period():
    layers = [CycleFC(8, 8, stepsize=(3, 5)), CycleFC(4, 4, stepsize=(3, 5)), CycleFC(4, 4)]
    first, second = pseudo_kernels(layers)
    assert (first.size, first.layers, len(set(first.offsets))) == ((3, 5), 2, 15)
    assert (second.size, second.offsets) == ((1, 3), ((0, 0), (0, 1), (0, -1)))


def test_a_channel_fc_sees_what_the_stem_shows_and_a_cycle_fc_more(tmp_path):
    reach = {}
    for name in ("cyclemlp_nano:mixer=channel", "cyclemlp_nano:mixer=axial:stepsize=5"):
        found = receptive(name, image_size=64, images=1, output=str(tmp_path / name[-6:]))
        assert len(found.fields) == 4
        reach[name] = found.fields[0].reach
    assert list(reach.values()) == [(7, 7), (23, 23)]  # 7 px of the stem, 4 px a position


def test_pictures_figures_and_fields_are_written(tmp_path):
    name = "cyclemlp_nano:stepsize=3"
    found = receptive(name, image_size=32, images=2, output=str(tmp_path))
    for picture in ("kernels.png", "kernels.svg", "fields.png", "fields.svg"):
        assert (tmp_path / picture).stat().st_size > 1000
    assert json.loads((tmp_path / "receptive.json").read_text()) == json.loads(
        json.dumps(found.to_dict())
    )
    with np.load(tmp_path / "fields.npz") as maps:
        assert maps["map1"].shape == (32, 32)
        assert maps["map4"].max() == 1
    with pytest.raises(FileExistsError, match="--overwrite"):
        receptive(name, image_size=32, images=1, output=str(tmp_path))


@pytest.mark.parametrize(
    ("model", "size", "message"),
    [("nosuchmodel", 32, "there is no model"), ("cyclemlp_nano", 16, "at least 32x32")],
)
def test_a_refused_model_leaves_no_folder(model, size, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        receptive(model, image_size=size, output=str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()
