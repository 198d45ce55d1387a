"""The start of a run on images of other than three channels."""

from dataclasses import replace

import numpy as np
import pytest

from cyclemlp.data.augmentation.classify import Augmentation
from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start.channels import normalized
from cyclemlp.training.start.data import in_chans, open_data


@pytest.fixture
def pairs(tmp_path):
    """ROOT/{train,val}/{a,b}/0.npy: images of two channels, 0.25 and 0.5 or 0.75."""
    for split in ("train", "val"):
        for name, value in (("a", 0.5), ("b", 0.75)):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            np.save(folder / "0.npy", np.full((9, 8, 2), (0.25, value), np.float32))
    return tmp_path


def test_statistics_and_left_out_augmentation_are_said(pairs, tmp_path, capsys):
    augment = Augmentation(color_jitter=0.4, rand_augment="rand-m9", erasing=0.2)
    settings = Settings(str(pairs), augment=augment, model_args={"in_chans": 2})
    (tmp_path / "run").mkdir()
    _, splits = open_data(settings, RunFolder(tmp_path / "run"))
    assert {split.channels for split in splits.values()} == {2}
    plain = Preprocessing((8, 8), mean=(0, 0), std=(1, 1))
    train, evaluation = normalized(settings, splits["train"], plain, replace(plain, crop_pct=1.0))
    assert train.mean == evaluation.mean == (0.25, 0.625)
    assert train.std == pytest.approx((1e-6, 0.125))
    assert capsys.readouterr().err == (
        "2 channels, measured on 2 of 2 training images: mean 0.25, 0.625, std 1e-06, 0.125\n"
        "note: augment.color_jitter and augment.rand_augment need RGB images: left out\n"
    )
    assert isinstance(splits["train"], ClassFolder)


@pytest.mark.parametrize("value", [0, "four", 2.5])
def test_in_chans_is_a_number_of_channels(value):
    settings = Settings("data", model_args={"in_chans": value})
    with pytest.raises(ValueError, match=r"--model-args\.in_chans is the number of .*, got "):
        in_chans(settings)
