from pathlib import Path

import numpy as np
import pytest
import torch

from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from ...conftest import encoded, picture
from ..mask_data import describe, grid, pair, save_mask, save_picture


def test_16_bit_masks_with_more_than_255_classes(tmp_path):
    pair(tmp_path, "train", "a", grid(300, 65535), "I;16")
    describe(tmp_path, {"classes": [f"c{i}" for i in range(301)], "ignore_index": 65535})
    split = open_segmentation(str(tmp_path), "train")
    assert split.ignore_index == 65535
    assert split[0].target.dtype == torch.int32
    assert split[0].target.flatten()[:3].tolist() == [300, 65535, 0]


def test_faults_name_the_file_and_the_reason(root):
    images, masks = root / "images/train", root / "masks/train"
    for name in ("size", "beyond", "rgb", "cut", "lossy", "lonely", "bad"):
        save_picture(images / f"{name}.jpg")
    save_mask(masks / "size.png", np.zeros((4, 5)))
    save_mask(masks / "beyond.png", grid(7, 9))
    picture((6, 4)).save(masks / "rgb.png")
    (masks / "cut.png").write_bytes(encoded(picture((40, 40)).convert("L"), "PNG")[:-900])
    save_mask(masks / "lossy.jpg", grid())
    save_mask(masks / "widow.png", grid())
    (images / "bad.jpg").write_bytes(b"")
    save_mask(masks / "bad.png", grid())
    (images / "Thumbs.db").write_bytes(b"x")
    describe(root, ["a", "b", "c", "d"])
    split = open_segmentation(str(root), "train")
    report = inspect_splits({"train": split})
    faults = {Path(f.file).name: f.reason for f in report.splits["train"].unusable}
    assert faults == {
        "bad.jpg": "empty file",
        "beyond.jpg": f"in its mask {masks}/beyond.png values 7, 9 mean no class; the classes are "
        "'a', 'b', 'c', 'd' with the values 0, 1, 2, 3",
        "cut.jpg": f"{masks}/cut.png: truncated: the file ends before the image data",
        "lossy.jpg": f"{masks}/lossy.jpg: JPEG compression changes mask values; "
        "save the mask as PNG",
        "rgb.jpg": f"{masks}/rgb.png: mode RGB is not an index mask; "
        "save one channel of class numbers, or give every class its own color in classes.json",
        "size.jpg": f"its mask {masks}/size.png has 5 × 4 pixels, but the image has 6 × 4",
        "lonely.jpg": f"no mask of this name in {masks}",
        "widow.png": f"no image of this name in {images}",
    }
    assert report.splits["train"].ignored == 1
    assert len(usable(split, report, "skip")) == 2
    with pytest.raises(ValueError, match=r"size\.jpg \(its mask .* 5 × 4 pixels.*skip"):
        usable(split, report, "stop")
