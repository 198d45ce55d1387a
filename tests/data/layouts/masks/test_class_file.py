import json

import pytest

from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from ..mask_data import describe


def test_a_class_file(root):
    describe(
        root,
        {
            "classes": [
                {"name": "ground", "color": [1, 2, 3]},
                {"name": "tree", "value": 3, "color": [4, 5, 6]},
            ],
            "ignore_index": [1, 255],
        },
    )
    split = open_segmentation(str(root), "train")
    assert split.classes == ("ground", "tree")
    assert split.colors == ((1, 2, 3), (4, 5, 6))
    assert split[0].target.flatten()[:4].tolist() == [255, 255, 255, 0]
    other = open_segmentation(str(root), "train", ("tree", "sky", "ground"))
    assert other[1].target.flatten()[:2].tolist() == [0, 2]
    assert usable(other, inspect_splits({"train": other}), "stop") is other
    with pytest.raises(ValueError, match="unknown classes: 'tree'; the classes are 'ground'"):
        open_segmentation(str(root), "train", ("ground",))


def test_colors_may_be_a_list_beside_the_classes(root):
    describe(root, {"classes": ["ground", "tree"], "colors": [[1, 2, 3], [4, 5, 6]]})
    assert open_segmentation(str(root), "train").colors == ((1, 2, 3), (4, 5, 6))


def test_a_single_class_is_refused_in_training(root):
    describe(root, {"classes": ["a"], "ignore_index": [1, 3, 255]})
    with pytest.raises(ValueError, match=r"classes\.json: a single class, 'a', which every pixel"):
        open_segmentation(str(root), "train")
    assert len(open_segmentation(str(root), "train", ("b", "a"))) == 2  # a bundle has more classes


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"names": ["a"]}, "no 'classes'; expected"),
        (["a", "a"], "class names must be distinct"),
        ([{"name": "a", "value": 70000}], r"mask values are in 0\.\.65535, got \[70000\]"),
        ([{"name": "a", "color": [0, 0, 999]}], r"class 0 has the color \[0, 0, 999\], which"),
        ([{"name": "a", "color": "#ff0000"}], "class 0 has the color '#ff0000', which is not 3"),
        ("abc", "the classes are a list of at least one, got 'abc'; expected"),
        ({"classes": {"0": "a"}}, "the classes are a list of at least one, got {'0': 'a'}"),
        ([], r"the classes are a list of at least one, got \[\]"),
        ([1, 2], "class 0 has no name, got 1; expected"),
        (["a", " "], "class 1 has no name, got ' '"),
        ([{"name": "a", "id": 3}], "class 0 has 'id', which is none of name, value, color; "),
        ({"classes": ["a"], "colours": []}, "the file has 'colours', which is none of classes, "),
        ({"classes": ["a", "b"], "colors": [[1, 2, 3]]}, r"'colors' is a list of 2 colors, got \["),
        ([{"name": "a", "value": 0.5}], "the value of class 0 is a whole number, got 0.5"),
        ({"classes": ["a", "b"], "ignore_index": True}, "ignore_index is a whole number, got True"),
        (
            {"classes": ["a", "b"], "ignore_index": [255, 1]},
            "1 is a class's value and ignore_index; it can be one of them; expected",
        ),
    ],
)
def test_an_invalid_class_file_is_refused(root, content, complaint):
    describe(root, content)
    with pytest.raises(ValueError, match=rf"classes\.json: {complaint}"):
        open_segmentation(str(root), "train")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "not JSON: Expecting"),
        (b"[" * 100_000, "not readable as JSON: too deeply nested"),
        ('["Straße"]'.encode("latin-1"), "not UTF-8: .*; save it as UTF-8"),
    ],
)
def test_a_class_file_that_is_not_json_is_refused(root, content, complaint):
    (root / "classes.json").write_bytes(content)
    with pytest.raises(ValueError, match=rf"classes\.json: {complaint}"):
        open_segmentation(str(root), "train")


def test_a_class_file_may_have_a_byte_order_mark_and_ignore_nothing(root):
    content = json.dumps({"classes": ["a", "b", "c", "d"], "ignore_index": None})
    (root / "classes.json").write_text(content, encoding="utf-8-sig")
    split = open_segmentation(str(root), "train")
    fault = split.fault(0)
    assert fault is not None
    assert "values 255 mean no class" in fault
    assert split.fault(1) is None
