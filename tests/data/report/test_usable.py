import pytest

from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from .opened import opened


def test_stop_names_the_files_and_the_remedy(damaged):
    splits = opened(damaged)
    with pytest.raises(ValueError, match=r"4 files that cannot .*cat/1\.png \(empty file\).*skip"):
        usable(splits["train"], inspect_splits(splits), "stop")


def test_skip_drops_the_reported_samples(damaged):
    splits = opened(damaged)
    part = usable(splits["train"], inspect_splits(splits), "skip")
    bad = {"1.png", "notes.txt", "4.png"}
    left = [part.source(i) for i in range(len(part))]
    assert len(left) == 10
    assert f"{damaged}/train/cat/1.png" not in left
    assert not bad & {name.rpartition("/")[2] for name in left if "/dog/" in name} - {"1.png"}
    assert all(part.fault(i) is None for i in range(len(part)))


def test_nothing_usable(folders):
    for file in (folders / "val").rglob("*.png"):
        file.write_bytes(b"")
    splits = opened(folders)
    report = inspect_splits(splits)
    assert report.problems == ("split 'val' has no usable image",)
    with pytest.raises(ValueError, match="split 'val' has no usable image"):
        usable(splits["val"], report, "skip")


def test_a_report_of_other_data_is_refused(damaged):
    report = inspect_splits(opened(damaged))
    (damaged / "train/cat/1.png").rename(damaged / "train/cat/0a.png")
    with pytest.raises(ValueError, match="changed since the report"):
        usable(opened(damaged)["train"], report, "skip")
    (damaged / "train/cat/0a.png").unlink()
    with pytest.raises(ValueError, match="does not describe split 'train'"):
        usable(opened(damaged)["train"], report, "skip")
