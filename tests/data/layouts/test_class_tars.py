import numpy as np

from cyclemlp.data.layouts.finding import open_classification

from ..conftest import encoded, picture
from .tar_data import write_tar


def test_class_folders_in_a_tar(tmp_path):
    members = [
        (f"train/{name}/{i}.png", encoded(picture(seed=i), "PNG"))
        for i, name in enumerate(("dog", "cat", "dog"))
    ]
    write_tar(tmp_path / "pets/train.tar", [*members, (".hidden", b""), ("readme", b"hi")])
    split = open_classification(str(tmp_path / "pets"), "train")
    assert split.classes == ("cat", "dog")
    assert [split[i].target for i in range(3)] == [0, 1, 1]
    np.testing.assert_array_equal(np.asarray(split[1].image), np.asarray(picture(seed=0)))
    assert [fault.file for fault in split.strays] == [f"{tmp_path}/pets/train.tar/readme"]
    assert split.ignored == 1
