import pytest

from cyclemlp.data.layouts.finding import open_segmentation

from ..mask_data import grid, save_mask, save_picture


def _roboflow(root, table="Pixel Value, Class\n0, background\n1, cat\n2, dog\n7, cow\n"):
    for split, values in (("train", (1, 2)), ("valid", (7, 255))):
        for number in range(2):
            save_picture(root / split / f"{number}_jpg.rf.1f.jpg")
            save_mask(root / split / f"{number}_jpg.rf.1f_mask.png", grid(*values))
        (root / split / "_classes.csv").write_text(table)


def test_classes_have_the_names_of_the_table(tmp_path):
    _roboflow(tmp_path)
    train, val = (open_segmentation(str(tmp_path), split) for split in ("train", "val"))
    assert train.classes == val.classes == ("background", "cat", "dog", "cow")
    assert train[0].target.flatten()[:3].tolist() == [1, 2, 0]
    assert val[1].target.flatten()[:3].tolist() == [3, 255, 0]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("filename, cat\na.jpg, 1\n", r"_classes\.csv: no column 'pixel value', 'class'"),
        ("Pixel Value,Class\n0,a\nx,b\n", r"_classes\.csv, line 3: expected a whole number and a"),
        ("Pixel Value,Class\n0,a\n0,b\n", r"_classes\.csv: class values must be distinct"),
    ],
)
def test_other_tables_are_refused(tmp_path, table, message):
    _roboflow(tmp_path, table)
    with pytest.raises(ValueError, match=message):
        open_segmentation(str(tmp_path), "train")
