import numpy as np
import pytest

from cyclemlp.data.layouts.finding import open_classification
from cyclemlp.data.report.inspecting import inspect_splits

from ...conftest import encoded, picture


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
        (2, "truncated: the file ends before the image data")
    ]
    with pytest.raises(ValueError, match=r"val\[2\].*: truncated"):
        split[2]
    assert open_classification(data, "train", ("bee", "ant"))[0].target == 0
