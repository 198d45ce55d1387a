import io
import json
import pickle
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.data.layouts.finding import open_classification
from cyclemlp.data.layouts.timm_names import is_timm_string
from cyclemlp.data.loading.loader import train_loader
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.transforms.classify import Augmentation, train_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing

from ..conftest import encoded, picture


def write_tar(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


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
        ("a.jpg", "truncated: the file ends before the picture does"),
        ("b", "a sample without a .cls label"),
        ("c", "a sample without a picture"),
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


def test_no_tar(tmp_path):
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets/train.tar").write_bytes(b"x" * 2000)
    with pytest.raises(ValueError, match=r"train\.tar is no whole, uncompressed tar file"):
        open_classification(str(tmp_path / "pets"), "train")


@pytest.mark.parametrize("missing", [100, 512, 512 + 100, 1024])
def test_a_tar_that_is_cut_off_is_not_taken_for_a_shorter_one(tmp_path, missing):
    """Also where it ends between two pictures, or within the header of one."""
    tar = tmp_path / "pets/train.tar"
    write_tar(tar, [(f"cat/{i}.png", bytes([i]) * 512) for i in range(3)])
    whole = tar.read_bytes()
    assert len(open_classification(str(tmp_path / "pets"), "train")) == 3
    tar.write_bytes(whole[: 3 * 1024 - missing])
    with pytest.raises(ValueError, match=r"train\.tar is no whole, uncompressed tar file"):
        open_classification(str(tmp_path / "pets"), "train")


def test_torch_image_folder(folders):
    split = open_classification(f"torch/image_folder?root={folders}", "train")
    assert split.classes == ("cat", "dog")
    assert len(split) == 12
    assert split[7].target == 1
    assert split[7].image.mode == "RGB"
    (folders / "train/cat/0.png").write_bytes(b"")
    assert split.fault(0) is not None
    with pytest.raises(ValueError, match=r"torch/image_folder.* train\[0\]"):
        split[0]


def test_torch_arrays_of_labels_in_a_bundles_order(tmp_path):
    folder = tmp_path / "MNIST/raw"
    folder.mkdir(parents=True)
    for part, count in (("train", 6), ("t10k", 4)):
        pixels = np.arange(count * 784, dtype=np.uint32).astype(np.uint8).tobytes()
        sizes = b"".join(n.to_bytes(4, "big") for n in (count, 28, 28))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + sizes + pixels)
        labels = count.to_bytes(4, "big") + bytes(range(count))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + labels)
    data = f"torch/mnist?root={tmp_path}"
    train, val = open_classification(data, "train"), open_classification(data, "val")
    assert (len(train), len(val)) == (6, 4)
    assert train.classes[3] == "3 - three"
    assert train[3].image.mode == "RGB"
    turned = open_classification(data, "val", train.classes[::-1])
    assert turned[1].target == 8


def test_hugging_face_data_sets(tmp_path, monkeypatch):
    import datasets
    import datasets.config

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["ant", "bee"])}
    )
    rows = {
        "image": [{"bytes": encoded(picture(seed=i), "PNG"), "path": None} for i in range(3)],
        "label": [1, 0, 1],
    }
    rows["image"][2]["bytes"] = rows["image"][2]["bytes"][:300]
    (tmp_path / "bees/data").mkdir(parents=True)
    table = datasets.Dataset.from_dict(rows, features=features)
    for part in ("train", "validation"):
        table.to_parquet(tmp_path / f"bees/data/{part}-00000-of-00001.parquet")
    data = f"hfds/{tmp_path}/bees?root={tmp_path}/cache"
    split = open_classification(data, "val")
    assert split.notes == ("split 'val' is read from 'validation'",)
    assert split.classes == ("ant", "bee")
    assert [split[i].target for i in range(2)] == [1, 0]
    np.testing.assert_array_equal(np.asarray(split[1].image), np.asarray(picture(seed=1)))
    faults = inspect_splits({"val": split}).splits["val"].unusable
    assert [(f.index, f.reason) for f in faults] == [
        (2, "truncated: the file ends before the picture does")
    ]
    with pytest.raises(ValueError, match=r"val\[2\].*: truncated"):
        split[2]
    assert open_classification(data, "train", ("bee", "ant"))[0].target == 0


def test_a_folder_of_that_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_timm_string("torch/pets")
    (tmp_path / "torch/pets").mkdir(parents=True)
    assert not is_timm_string("torch/pets")
    assert not is_timm_string("data/pets")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("tfds/mnist", "tfds/ is not supported; use the same data through hfds/"),
        ("hfids/mnist", "hfids/ is not supported; a stream cannot be resumed exactly"),
        ("torch/mnist", r"does not say where its files are: torch/mnist\?root=DIR"),
        ("torch/nothing?root=x", "Unknown torchvision dataset nothing"),
        ("torch/mnist?rot=x", "no option rot; there are root, download"),
        ("wds/x?class_map=names.pkl", "class_map is a text file"),
    ],
)
def test_what_is_not_supported_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        open_classification(data, "train")


def test_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="add &download=true to fetch it"):
        open_classification(f"torch/mnist?root={tmp_path}", "train")
    with pytest.raises(FileNotFoundError, match="no such folder; shards are read from a local"):
        open_classification("wds/http://host/shards", "train")
    Image.new("L", (2, 2)).save(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError, match=r"class_map names\.txt: no such file"):
        open_classification(f"wds/{tmp_path}?class_map=names.txt", "train")
