import json

import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits

from ...conftest import picture
from ..mask_data import describe, save_mask, save_picture

_BLACK, _ROAD, _SKY, _OTHER = (0, 0, 0), (128, 64, 128), (70, 130, 180), (9, 8, 7)
_CSV = "name,r,g,b\nroad,128,64,128\nsky,70,130,180\nvoid,0,0,0\n"
_TXT = "128 64 128\troad\n70 130 180\t\tsky\n0 0 0 void\n"
_JSON = [
    {"name": "road", "color": [128, 64, 128]},
    {"name": "sky", "color": [70, 130, 180]},
    {"name": "void", "color": [0, 0, 0]},
]


def color_pair(root, name, *colors, mode="RGB", split="train", suffix="png"):
    """Write an image, and a mask of 4 × 6 that begins with the given colors; black follows."""
    pixels = np.zeros((24, 3), np.uint8)
    pixels[: len(colors)] = colors
    save_picture(root / "images" / split / f"{name}.jpg")
    file = root / "masks" / split / f"{name}.{suffix}"
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels.reshape(4, 6, 3))
    image.convert(mode, palette=Image.Palette.ADAPTIVE).save(file)
    return file


_EXPORTED = (
    "\ufeffB;Name;extra;R;G\r\n128;road;x;128;64\r\n\r\n180; sky ;;70;130\r\n0;Unlabelled;;0;0\r\n"
)
_EDITED = "\ufeff# R G B\r\n128 64 128 road\r\n\r\n70,130,180, sky\r\n0 0 0 Void \r\n"


@pytest.mark.parametrize(
    ("name", "content", "mode"),
    [
        ("class_dict.csv", _CSV, "RGB"),
        ("class_dict.csv", _EXPORTED, "RGB"),
        ("class_dict.csv", _CSV, "P"),
        ("label_colors.txt", _TXT, "RGB"),
        ("label_colors.txt", _EDITED, "RGBA"),
        ("label_colors.txt", _TXT, "P"),
        ("classes.json", json.dumps(_JSON), "RGB"),
        ("classes.json", json.dumps(_JSON), "RGBA"),
    ],
)
def test_colors_become_labels(tmp_path, name, content, mode):
    color_pair(tmp_path, "a", _SKY, _ROAD, _ROAD, mode=mode)
    (tmp_path / name).write_bytes(content.encode())
    split = open_segmentation(str(tmp_path), "train")
    assert split.classes == ("road", "sky")
    assert split.colors == (_ROAD, _SKY)
    assert split[0].target.dtype == torch.uint8
    assert split[0].target.flatten()[:4].tolist() == [1, 0, 0, 255]
    again = open_segmentation(str(tmp_path), "train", ("tree", "sky", "road"))
    assert again.colors == ()
    assert again[0].target.flatten()[:4].tolist() == [1, 2, 2, 255]
    report = inspect_splits({"train": split}).splits["train"]
    assert not report.unusable
    assert report.counts == {"road": 1, "sky": 1}


def test_gray_masks_are_read_by_their_colors(tmp_path):
    (tmp_path / "class_dict.csv").write_text("name,r,g,b\nground,0,0,0\nhouse,255,255,255\n")
    color_pair(tmp_path, "a", (255, 255, 255), mode="L")
    file = color_pair(tmp_path, "b", (1, 1, 1), mode="L")
    split = open_segmentation(str(tmp_path), "train")
    assert split[0].target.flatten()[:2].tolist() == [1, 0]
    assert split.fault(1) == (
        f"{file}: 1 pixel of the color (1, 1, 1), not among the 2 colors of "
        f"{tmp_path}/class_dict.csv; add the color there, or correct the mask; "
        "class numbers need classes.json"
    )


def test_unknown_colors_and_lossy_masks_are_faults(tmp_path):
    (tmp_path / "class_dict.csv").write_text(_CSV)
    others = [(9, 8, number) for number in range(5)]
    unknown = color_pair(tmp_path, "a", _SKY, _OTHER, _OTHER, *others)
    lossy = color_pair(tmp_path, "b", _SKY, suffix="jpg")
    deep = tmp_path / "masks/train/c.png"
    save_picture(tmp_path / "images/train/c.jpg")
    save_mask(deep, np.zeros((4, 6)), "I;16")
    report = inspect_splits({"train": open_segmentation(str(tmp_path), "train")})
    reasons = [fault.reason for fault in report.splits["train"].unusable]
    assert reasons == [
        f"{unknown}: 2 pixels of the color (9, 8, 7), 1 pixel of the color (9, 8, 0), 1 pixel of "
        f"the color (9, 8, 1) and 3 more colors, not among the 3 colors of {tmp_path}/"
        "class_dict.csv; add the color there, or correct the mask",
        f"{lossy}: JPEG compression changes mask values; save the mask as PNG",
        f"{deep}: mode I;16 holds no 8-bit colors; save the mask as RGB, or describe its class "
        "numbers in classes.json",
    ]


def test_classes_json_reads_index_masks_by_value_and_may_share_colors(tmp_path):
    save_picture(tmp_path / "images/train/a.jpg")
    mask = np.zeros((4, 6), np.uint8)
    mask[0, :2] = [1, 2]
    save_mask(tmp_path / "masks/train/a.png", mask, "P")
    describe(tmp_path, _JSON)
    split = open_segmentation(str(tmp_path), "train")
    assert split[0].target.flatten()[:4].tolist() == [1, 255, 0, 0]
    describe(tmp_path, [*_JSON[:2], {"name": "void", "value": 2, "color": [0, 0, 0]}])
    assert open_segmentation(str(tmp_path), "train").classes == ("road", "sky", "void")
    picture((6, 4)).save(tmp_path / "masks/train/a.png")
    describe(tmp_path, [*_JSON[:2], {"name": "lawn", "color": [70, 130, 180]}])
    fault = open_segmentation(str(tmp_path), "train").fault(0)
    assert fault is not None
    assert "give every class its own color in classes.json" in fault


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("class_dict.csv", "", ": empty; expected the header name,r,g,b"),
        ("class_dict.csv", "name,r,g,b\n", ": no line follows the header"),
        ("class_dict.csv", "class,r,g\na,1,2\n", r": no column 'name', 'b' in the first line; .* "),
        ("class_dict.csv", "name,r,g,b,r\na,1,2,3,4\n", ": more than one column 'r'"),
        ("class_dict.csv", "name,r,g,b\na,1,2,3\nb,1,2\n", ", line 3: expected a name and 3"),
        ("class_dict.csv", "name,r,g,b\na,1,2,256\n", ", line 2: expected .* got 'a, 1, 2, 256'"),
        ("class_dict.csv", "name,r,g,b\na,1,2,3\na,1,2,4\n", ", line 3: the name 'a' is already"),
        ("class_dict.csv", "name,r,g,b\nvoid,1,2,3\n", ": it has no class"),
        ("class_dict.csv", "name,r,g,b\nvoid,1,2,3\na,0,0,0", ": a single class, 'a', which"),
        ("label_colors.txt", "1 2 3\n", ", line 1: expected R G B name, such as 128 64 128 road"),
        ("label_colors.txt", "1 2 300 a\n", ", line 1: expected R G B name"),
        ("label_colors.txt", "1 2 3 a\n\n1 2 3 b\n", r", line 3: the color \(1, 2, 3\) is already"),
    ],
)
def test_an_invalid_table_is_refused(tmp_path, name, content, complaint):
    color_pair(tmp_path, "a", _SKY)
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=rf"{name}{complaint}"):
        open_segmentation(str(tmp_path), "train")
