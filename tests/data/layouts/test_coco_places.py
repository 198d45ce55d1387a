import json
import shutil

import pytest

from cyclemlp.data.layouts.finding import open_detection

from .coco_data import box, write


def moved(root, source, target):
    (root / target).parent.mkdir(parents=True, exist_ok=True)
    (root / source).rename(root / target)


def renamed_images(file, names):
    content = json.loads(file.read_text())
    for image, name in zip(content["images"], names, strict=True):
        image["file_name"] = name
    file.write_text(json.dumps(content))


@pytest.mark.parametrize("validation", ["valid", "val", "test"])
def test_roboflow(tmp_path, validation):
    for split in ("train", validation):
        write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], split)
        moved(tmp_path, f"images/{split}", split)
        moved(tmp_path, f"instances_{split}.json", f"{split}/_annotations.coco.json")
    for split, folder in {"train": "train", "val": validation}.items():
        opened = open_detection(str(tmp_path), split)
        assert opened.source(0) == str(tmp_path / folder / "0.jpg")
        assert opened[0].target["boxes"].tolist() == [[4, 5, 14, 11]]
        assert opened.classes == ("cat", "dog")
        assert opened.check(0).fault is None


@pytest.mark.parametrize("folder", ["images/default", "images"])
def test_cvat_with_one_subset(tmp_path, folder):
    write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], "default")
    moved(tmp_path, "instances_default.json", "annotations/instances_default.json")
    if folder == "images":
        for file in (tmp_path / "images/default").iterdir():
            moved(tmp_path, f"images/default/{file.name}", f"images/{file.name}")
        (tmp_path / "images/default").rmdir()
    for split in ("default", "train"):
        opened = open_detection(str(tmp_path), split)
        assert opened.source(0) == str(tmp_path / folder / "0.jpg")
    file = tmp_path / "annotations/instances_default.json"
    assert opened.notes[0] == f"split 'train' is read from {file}, which names no split"
    with pytest.raises(ValueError, match=r"no split 'val': .*instances_default\.json holds all"):
        open_detection(str(tmp_path), "val")


def test_cvat_with_several_subsets(tmp_path):
    for split in ("Train", "Validation"):
        write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], split)
        moved(tmp_path, f"instances_{split}.json", f"annotations/instances_{split}.json")
    assert open_detection(str(tmp_path), "train").source(0).endswith("images/Train/0.jpg")
    validation = open_detection(str(tmp_path), "val")
    assert validation.source(0).endswith("images/Validation/0.jpg")
    assert "split 'val' is read from 'validation'" in validation.notes


@pytest.mark.parametrize(
    "names",
    [
        ("images/0.jpg", r"images\1.jpg", "images/2.jpg"),
        ("/data/upload/1/0.jpg", "../../label-studio/data/media/1.jpg", r"C:\pictures\2.JPG"),
        ("https://host/a/0.jpg?key=1#x", "s3://bucket/1%2Ejpg", "/data/local-files/?d=a%2F2.jpg"),
    ],
)
def test_label_studio(tmp_path, names):
    write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], "all")
    moved(tmp_path, "instances_all.json", "result.json")
    renamed_images(tmp_path / "result.json", names)
    for file in list((tmp_path / "images/all").iterdir()):
        moved(tmp_path, f"images/all/{file.name}", f"images/{file.name}")
    (tmp_path / "images/all").rmdir()
    split = open_detection(str(tmp_path), "train")
    assert [split.source(i) for i in range(3)] == [f"{tmp_path}/images/{i}.jpg" for i in range(3)]
    assert not [split.check(i).fault for i in range(3) if split.check(i).fault]
    relocated = [note for note in split.notes if "by the last part of their name" in note]
    assert bool(relocated) == (names[0] != "images/0.jpg")
    with pytest.raises(ValueError, match=r"split it into two files, .*instances_train\.json and"):
        open_detection(str(tmp_path), "val")


@pytest.mark.parametrize(
    "places",
    [
        ("{0}.json", "{0}"),
        ("annotations/custom_{0}_v2.json", "images"),
        ("annotations/person_keypoints_{1}2017.json", "images/{1}2017"),
        ("{1}/labels.json", "{1}/images"),
        ("{1}/annotations/a.json", "{1}"),
    ],
)
def test_files_with_a_splits_name_as_a_word(tmp_path, places):
    for split in ("train", "val"):
        write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], split)
        file, folder = (place.format(split, split.title()) for place in places)
        moved(tmp_path, f"instances_{split}.json", file)
        for image in (tmp_path / f"images/{split}").iterdir():
            moved(tmp_path, f"images/{split}/{image.name}", f"{folder}/{image.name}")
        (tmp_path / f"images/{split}").rmdir()
    for split in ("train", "val"):
        folder = places[1].format(split, split.title())
        opened = open_detection(str(tmp_path), split)
        assert opened.source(0) == str(tmp_path / folder / "0.jpg")
        assert opened.check(0).fault is None


@pytest.mark.parametrize("folders", [("Pictures",), ("left", "right/of it")])
def test_one_file_with_folders_of_any_name(tmp_path, folders):
    write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], "all")
    moved(tmp_path, "instances_all.json", "Labels 1.json")
    for number, image in enumerate(sorted((tmp_path / "images/all").iterdir())):
        moved(
            tmp_path, f"images/all/{image.name}", f"{folders[number % len(folders)]}/{image.name}"
        )
    shutil.rmtree(tmp_path / "images")
    opened = open_detection(str(tmp_path), "train")
    assert [opened.check(i).fault for i in range(3)] == [None] * 3


def test_one_file_with_the_images_beside_it(tmp_path):
    write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], "all")
    moved(tmp_path, "instances_all.json", "_annotations.coco.json")
    for file in list((tmp_path / "images/all").iterdir()):
        moved(tmp_path, f"images/all/{file.name}", file.name)
    shutil.rmtree(tmp_path / "images")
    (tmp_path / "annotations").mkdir()
    assert open_detection(str(tmp_path), "train").source(1) == str(tmp_path / "1.jpg")
    for split in ("train", "val"):  # as the message on a missing split advises
        shutil.copy(
            tmp_path / "_annotations.coco.json", tmp_path / f"annotations/instances_{split}.json"
        )
        assert open_detection(str(tmp_path), split).source(1) == str(tmp_path / "1.jpg")


def test_a_file_without_images(tmp_path):
    write(tmp_path, [], "all")
    moved(tmp_path, "instances_all.json", "result.json")
    shutil.rmtree(tmp_path / "images")
    with pytest.raises(
        FileNotFoundError, match=r"no folder with the images.* looked for .*/images"
    ):
        open_detection(str(tmp_path), "train")


def test_a_split_of_one_file_keeps_the_place_of_the_images(tmp_path):
    write(tmp_path, [], "default")
    moved(tmp_path, "instances_default.json", "annotations/instances_train.json")
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(tmp_path / "images/default/0.jpg")
    assert split.check(0).fault is None


def test_another_result_json_is_no_annotation_file(tmp_path):
    (tmp_path / "result.json").write_text('{"miou": 0.5}')
    with pytest.raises(ValueError, match="is not a detection data set: expected ROOT"):
        open_detection(str(tmp_path), "train")


@pytest.mark.parametrize("place", ["", "annotations/"])
def test_a_lone_file_may_have_any_name(tmp_path, place):
    write(tmp_path, [], "all")
    (tmp_path / "images/all").rename(tmp_path / "photos")
    (tmp_path / "photos").rename(tmp_path / "images/default")
    moved(tmp_path, "instances_all.json", f"{place}my project.json")
    assert open_detection(str(tmp_path), "train").check(0).fault is None
    with pytest.raises(
        ValueError, match=r"my project\.json holds all images .* --val-fraction 0\.2"
    ):
        open_detection(str(tmp_path), "val")


@pytest.mark.parametrize("place", ["Annotations/instances_{}.json", "labels/{}.json"])
def test_other_names_of_the_folder_of_annotations(tmp_path, place):
    for split in ("train", "val"):
        write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], split)
        moved(tmp_path, f"instances_{split}.json", place.format(split))
    for split in ("train", "val"):
        opened = open_detection(str(tmp_path), split)
        assert opened.source(0) == str(tmp_path / f"images/{split}/0.jpg")
        assert opened.check(0).fault is None
