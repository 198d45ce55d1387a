import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.ops import masks_to_boxes

from cyclemlp.data.layouts.finding import open_detection, open_segmentation

from ..coco_data import box, edit, write
from ..mask_data import save_mask


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("drawn_on", ["upright", "stored"])
def test_masks_follow_the_exif_orientation(tmp_path, orientation, drawn_on):
    """The red pixels are class 1, for a mask of the upright and of the stored image."""
    upright = np.zeros((4, 6, 3), dtype=np.uint8)
    upright[0, :2] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = Image.fromarray(upright)
    stored = stored if undo is None else stored.transpose(Image.Transpose(undo))
    (tmp_path / "images/train").mkdir(parents=True)
    stored.save(tmp_path / "images/train/a.png", exif=exif)
    sideways = orientation >= 5
    mask = np.asarray(stored) if drawn_on == "stored" and sideways else upright
    save_mask(tmp_path / "masks/train/a.png", mask[..., 0] // 255)
    sample = open_segmentation(str(tmp_path), "train")[0]
    assert torch.equal(sample.target, torch.from_numpy(np.asarray(sample.image)[..., 0] // 255))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("drawn_on", ["upright", "stored"])
def test_boxes_follow_the_exif_orientation(tmp_path, orientation, drawn_on):
    """Box and mask match the red rectangle of the upright image."""
    write(tmp_path, [], images=1)
    upright = np.zeros((20, 30, 3), dtype=np.uint8)
    upright[2:6, 3:10] = 255
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = Image.fromarray(upright)
    stored = stored if undo is None else stored.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "images/train/0.png", exif=exif)
    drawn = np.asarray(stored) if drawn_on == "stored" and orientation >= 5 else upright
    rows, columns = np.nonzero(drawn[..., 0])
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    shape = [[float(v) for v in (left, top, right, top, right, bottom, left, bottom)]]
    values = [float(v) for v in (left, top, right - left, bottom - top)]
    edit(
        tmp_path,
        images=[{"id": 1, "file_name": "0.png", "width": drawn.shape[1], "height": drawn.shape[0]}],
        annotations=[box(1, 1, 3, *values, segmentation=shape)],
    )
    target = open_detection(str(tmp_path), "train", masks=True)[0].target
    assert target["boxes"].tolist() == [[3, 2, 10, 6]]
    assert masks_to_boxes(target["masks"]).tolist() == [[3, 2, 9, 5]]
    assert target["size"] == (20, 30)
