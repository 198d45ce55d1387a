import json
import pickle

import numpy as np
import pytest
import torch

from cyclemlp.data.layouts.finding import open_classification
from cyclemlp.data.loading.loader import train_loader
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.transforms.classify import Augmentation, train_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing

from ..conftest import encoded, picture
from .tar_data import write_tar


def shard(first, count):
    for i in range(first, first + count):
        yield f"s{i:03d}.png", encoded(picture(seed=i), "PNG")
        yield f"s{i:03d}.cls", str(i % 3).encode()


@pytest.fixture
def shards(tmp_path):
    write_tar(tmp_path / "shards/train-0000.tar", shard(0, 4))
    write_tar(tmp_path / "shards/train-0001.tar", shard(4, 3))
    write_tar(tmp_path / "shards/val-0000.tar", shard(7, 3))
    return tmp_path / "shards"


def test_shards_are_read_in_any_order(shards):
    split = open_classification(f"wds/{shards}", "train")
    assert len(split) == 7
    assert split.classes == ("0", "1", "2")
    for i in (5, 0, 6):
        assert split[i].target == i % 3
        np.testing.assert_array_equal(np.asarray(split[i].image), np.asarray(picture(seed=i)))
    assert split.source(5) == f"{shards}/train-0001.tar/s005.png"
    assert len(pickle.loads(pickle.dumps(split))) == 7  # noqa: S301
    assert inspect_splits({"train": split}).splits["train"].counts == {"0": 3, "1": 2, "2": 2}


def test_shards_are_listed_in_timms_info_file(shards):
    info = {"splits": {"validation": {"filenames": ["train-0001.tar"]}}}
    (shards / "_info.json").write_text(json.dumps(info))
    split = open_classification(f"wds/{shards}", "val")
    assert len(split) == 3
    assert split.notes == ("split 'val' is read from 'validation'",)


@pytest.mark.parametrize("info", ["[]", '{"splits": {"train": {}}}', '{"splits": 3}'])
def test_another_info_file_is_refused(shards, info):
    (shards / "_info.json").write_text(info)
    with pytest.raises(
        ValueError, match=r"_info\.json: expected \{.*; correct it, or remove it if"
    ):
        open_classification(f"wds/{shards}", "train")
    (shards / "_info.json").write_text("{")
    with pytest.raises(ValueError, match=r"_info\.json: not JSON"):
        open_classification(f"wds/{shards}", "train")


def test_shards_with_class_names_in_a_bundles_order(shards, tmp_path):
    (tmp_path / "names.txt").write_text("ant\nbee\ncow\n")
    data = f"wds/{shards}?class_map={tmp_path}/names.txt"
    assert open_classification(data, "train").classes == ("ant", "bee", "cow")
    split = open_classification(data, "train", ("cow", "bee", "ant", "dog"))
    assert [split[i].target for i in range(3)] == [2, 1, 0]
    with pytest.raises(ValueError, match="unknown classes: 'ant'"):
        open_classification(data, "train", ("cow", "bee"))


def test_faults_in_shards(shards):
    members = [
        ("a.jpg", encoded(picture((90, 90)))[:-300]),
        ("a.cls", b"0"),
        ("b.jpg", encoded(picture())),
        ("c.cls", b"1"),
    ]
    write_tar(shards / "test-0.tar", members)
    split = open_classification(f"wds/{shards}", "test")
    faults = inspect_splits({"test": split}).splits["test"].unusable
    assert [(fault.file.rpartition("/")[2], fault.reason) for fault in faults] == [
        ("a.jpg", "truncated: the file ends before the image data"),
        ("b", "a sample without a .cls label"),
        ("c", "a sample without an image"),
    ]
    with pytest.raises(ValueError, match=r"test-0\.tar/a\.jpg: truncated"):
        split[0]
    write_tar(shards / "odd-0.tar", [("a.jpg", b""), ("a.cls", b"cat")])
    with pytest.raises(ValueError, match=r"a\.cls: a label is a whole number, got b'cat'"):
        open_classification(f"wds/{shards}", "odd")


def test_shards_train_and_resume_with_workers(shards):
    split = open_classification(f"wds/{shards}", "train")
    transform = train_transform(Preprocessing((8, 8)), Augmentation())
    expected = list(train_loader(split, transform, batch_size=2))
    resumed = train_loader(split, transform, batch_size=2, workers=2)
    resumed.load_state_dict({"epoch": 0, "batches": 1})
    rest = list(resumed)
    assert len(rest) == 2
    assert all(torch.equal(a, b) for (a, _), (b, _) in zip(rest, expected[1:], strict=True))
