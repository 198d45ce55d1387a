import pytest

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.layouts.recognizing import recognized

from ..conftest import picture
from .voc_data import OBJECT, XML

COW = OBJECT.format("cow", 0, 1, 1, 30, 20)


def annotate(image, file, name="", content=COW):
    for place in (image, file):
        place.parent.mkdir(parents=True, exist_ok=True)
    picture((30, 20)).save(image)
    file.write_text(XML.format(f"<filename>{name or image.name}</filename>{content}"))


@pytest.mark.parametrize(
    ("images", "files"),
    [("{}", "{}"), ("{}/images", "{}/annotations"), (".", "."), ("images", "annotations")],
)
def test_files_beside_the_images_or_in_another_folder(tmp_path, images, files):
    splits = ("Train", "Valid") if "{}" in images else ("Train",)
    for split in splits:
        image = tmp_path / images.format(split) / "a b.JPG"
        annotate(image, tmp_path / files.format(split) / "a b.XML", "other.png")
    assert [found.layout for found in recognized(str(tmp_path))] == ["Pascal VOC's XML files"]
    train = open_detection(str(tmp_path), "train")
    assert train[0].target["boxes"].tolist() == [[0, 0, 30, 20]]
    if len(splits) == 2:
        assert len(open_detection(str(tmp_path), "val")) == 1
    else:
        with pytest.raises(ValueError, match=r"its XML files are not in folders .* --val-fraction"):
            open_detection(str(tmp_path), "val")


def test_other_names_and_missing_files(tmp_path):
    annotate(tmp_path / "train/a.jpg", tmp_path / "train/1.xml", r"C:\pictures\A.jpg")
    annotate(tmp_path / "train/b.jpg", tmp_path / "train/2.xml", "c.jpg")
    annotate(tmp_path / "val/d.jpg", tmp_path / "val/d.xml", content=COW.replace("cow", "ant"))
    train = open_detection(str(tmp_path), "train")
    assert train.classes == ("ant", "cow")
    assert [train.check(i).fault for i in range(2)] == [None, "no such file"]
    assert [fault.file for fault in train.strays] == [str(tmp_path / "train/b.jpg")]
    with pytest.raises(ValueError, match="Pascal VOC's boxes have no masks; use --task detect"):
        open_detection(str(tmp_path), "train", masks=True)
    with pytest.raises(ValueError, match="train has unknown classes: 'cow'"):
        open_detection(str(tmp_path), "train", ("ant",))
