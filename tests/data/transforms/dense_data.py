import numpy as np
import torch
from PIL import Image
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat, Mask

from cyclemlp.data.transforms.preprocessing import Preprocessing

HALF = (0.5, 0.5, 0.5)

PLAIN = Preprocessing((48, 96), interpolation="bilinear", mean=HALF, std=HALF)


def street(height: int = 40, width: int = 64) -> tuple[Image.Image, Mask]:
    """Draw red above and blue below a diagonal; the mask has 0 and 1."""
    rows, columns = np.mgrid[:height, :width]
    mask = (rows > columns * height / width).astype(np.uint8)
    colors = np.array([[255, 0, 0], [0, 0, 255]], dtype=np.uint8)
    return Image.fromarray(colors[mask]), Mask(torch.from_numpy(mask))


def scene(boxes, crowd=(), size=(40, 64)):
    """Draw the objects of a target in white, with one mask each."""
    pixels = np.zeros((*size, 3), dtype=np.uint8)
    masks = torch.zeros(len(boxes), *size, dtype=torch.uint8)
    for mask, (left, top, right, bottom) in zip(masks, boxes, strict=True):
        pixels[top:bottom, left:right] = 255
        mask[top:bottom, left:right] = 1
    target = {
        "boxes": BoundingBoxes(
            torch.tensor(boxes, dtype=torch.float32).view(-1, 4),  # type: ignore[arg-type]
            format=BoundingBoxFormat.XYXY,
            canvas_size=size,
        ),
        "labels": torch.arange(len(boxes)),
        "iscrowd": torch.tensor([int(i in crowd) for i in range(len(boxes))]),
        "area": torch.ones(len(boxes)),
        "image_id": 5,
        "size": size,
        "masks": Mask(masks),
    }
    return Image.fromarray(pixels), target
