import json

import pytest

from cyclemlp.data.layouts.finding import open_detection

from .coco_data import box, edit, write


def test_ambiguous_ids_are_refused(tmp_path):
    twice = [{"id": 1, "file_name": "0.jpg"}, {"id": 1, "file_name": "1.jpg"}]
    write(tmp_path, [], images=2)
    edit(tmp_path, images=twice)
    with pytest.raises(ValueError, match=r"image id 1 is used for two images, 0\.jpg and 1\.jpg"):
        open_detection(str(tmp_path), "train")
    edit(tmp_path, images=twice[:1] * 2)
    split = open_detection(str(tmp_path), "train")
    assert len(split) == 1
    assert "1 images of instances_train.json are listed more than once" in split.notes
    edit(tmp_path, categories=[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}])
    with pytest.raises(ValueError, match="several categories have the id 1"):
        open_detection(str(tmp_path), "train")


@pytest.mark.parametrize(
    ("key", "change", "complaint"),
    [
        ("images", {"id": "a"}, r"images\[0\]: 'id' is a whole number, got 'a'"),
        ("images", {"file_name": None}, r"images\[0\]: 'file_name' is text, got None"),
        ("annotations", {"image_id": [0]}, r"annotations\[0\]: 'image_id' is a whole number"),
        ("annotations", {"category_id": ""}, r"annotations\[0\]: 'category_id' is a whole number"),
        ("annotations", {"image_id": 77}, r"none of its 1 annotations.* 77, .* ids 0, 10, 20 …"),
        ("categories", {"id": None}, r"categories\[0\]: 'id' is a whole number, got None"),
        ("categories", {"name": " "}, r"categories\[0\]: 'name' is text, got ' '"),
    ],
)
def test_entries_of_another_type_are_refused(tmp_path, key, change, complaint):
    write(tmp_path, [box(1, 0, 7, 1, 1, 2, 2)])
    entries = json.loads((tmp_path / "instances_train.json").read_text())[key]
    edit(tmp_path, **{key: [entries[0] | change, *entries[1:]]})
    with pytest.raises(ValueError, match=rf"instances_train\.json: {complaint}"):
        open_detection(str(tmp_path), "train")


@pytest.mark.parametrize("kind", [float, str])
def test_numbers_as_floats_and_text(tmp_path, kind):
    ids = {"image_id": kind(10), "category_id": kind(7)}
    entry = box(1, 10, 7, 1, 1, 2, 2) | ids | {"iscrowd": "0"}
    write(tmp_path, [entry | {"bbox": ["1", "1", "2.5", "2"], "area": "5", "id": [1]}])
    images = [{"id": kind(10), "file_name": "0.jpg", "width": "30", "height": 20.0}]
    edit(tmp_path, images=images)
    target = open_detection(str(tmp_path), "train")[0].target
    assert target["boxes"].tolist() == [[1, 1, 3.5, 3]]
    assert target["iscrowd"].tolist() == [0]
    assert target["image_id"] == 10
    assert type(target["image_id"]) is int


def test_invalid_files_are_refused(tmp_path):
    with pytest.raises(
        ValueError, match="is not a detection data set: expected ROOT/instances_train"
    ):
        open_detection(str(tmp_path), "train")
    file = tmp_path / "instances_train.json"
    file.write_text("{")
    (tmp_path / "images/train").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"instances_train\.json: not JSON"):
        open_detection(str(tmp_path), "train")
    file.write_text("[]")
    with pytest.raises(ValueError, match="not in COCO's format: it has no list 'images'"):
        open_detection(str(tmp_path), "train")
    file.write_text(json.dumps({"images": [{"id": 1}]}))
    with pytest.raises(ValueError, match=r"images\[0\] has no 'file_name'"):
        open_detection(str(tmp_path), "train")
    file.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    with pytest.raises(ValueError, match=r"instances_train\.json: it lists no images"):
        open_detection(str(tmp_path), "train")
    images = [{"id": 1, "file_name": "a.jpg"}]
    file.write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    with pytest.raises(
        ValueError, match=r"instances_train\.json: it has no categories, which define"
    ):
        open_detection(str(tmp_path), "train")
    with pytest.raises(ValueError, match="has no split 'val'; it has 'train'; add it"):
        open_detection(str(tmp_path), "val")


def test_images_whose_ids_are_text_are_numbered(tmp_path):
    entries = [box(n, 0, 3, 4, 5, 10, 6) | {"image_id": f"{n}.jpg"} for n in (1, 5, 7)]
    entries.append(box(3, 9, 3, 4, 5, 10, 6))  # the number of the image "9"
    write(tmp_path, entries)
    images = [{"id": f"{n}.jpg", "file_name": f"{n}.jpg"} for n in range(2)]
    edit(tmp_path, images=[*images, {"id": "9", "file_name": "2.jpg"}])
    split = open_detection(str(tmp_path), "train")
    assert [len(split[i].target["boxes"]) for i in range(3)] == [0, 1, 1]
    assert any("2 annotations belong to images that" in note for note in split.notes)


def test_panoptic_annotations_are_refused(tmp_path):
    write(tmp_path, [{"image_id": 0, "segments_info": []}])
    with pytest.raises(ValueError, match=r"instances_train\.json: panoptic .* not supported; give"):
        open_detection(str(tmp_path), "train")
