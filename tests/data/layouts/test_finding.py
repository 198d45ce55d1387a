import pytest

from cyclemlp.data.layouts.finding import open_classification, open_detection, open_segmentation


def test_a_folder_for_another_task_is_recognized(root, folders):
    with pytest.raises(ValueError, match="which looks like class folders: --task classify"):
        open_segmentation(str(folders), "train")
    with pytest.raises(ValueError, match="which looks like images with masks: --task segment"):
        open_classification(str(root), "train")
    with pytest.raises(ValueError, match="which looks like images with masks: --task segment"):
        open_detection(str(root), "train")
    (root / "masks").rename(root / "annotations")
    for split in ("train", "val"):
        for file in (root / "annotations" / split).iterdir():
            file.unlink()
        (root / "annotations" / split).rmdir()
        (root / f"annotations/instances_{split}.json").write_text("{}")
    with pytest.raises(
        ValueError, match=r"not a classification data set: .* like COCO's .* detect, instance or"
    ):
        open_classification(str(root), "train")


def test_ade20k_is_recognized_by_folders_of_annotations(root):
    (root / "masks").rename(root / "annotations")
    with pytest.raises(ValueError, match="which looks like ADE20K: --task segment"):
        open_detection(str(root), "train")
    assert len(open_segmentation(str(root), "val")) == 1


@pytest.mark.parametrize("opened", [open_classification, open_detection, open_segmentation])
def test_every_task_requires_a_folder(tmp_path, opened):
    with pytest.raises(FileNotFoundError, match=r"^--data /nowhere: no such folder; expected ROOT"):
        opened("/nowhere", "train")
    file = tmp_path / "notes.txt"
    file.touch()
    with pytest.raises(
        ValueError, match=rf"^--data {file} is a file; give the data set's folder; expected ROOT"
    ):
        opened(str(file), "train")
