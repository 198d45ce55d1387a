"""The size and the masks of annotations, as arrays."""

from __future__ import annotations

import numpy as np

from cyclemlp.data.images.header import Header
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.layouts.objects.polygons import decode_shape
from cyclemlp.data.layouts.objects.scene import Item, Scene


def annotated_size(scene: Scene, header: Header) -> tuple[int, int]:
    """Return the (width, height) of the image to which the annotations belong.

    Raises:
        ImageError: the annotations are for an image of another size.
    """
    stored = (header.width, header.height)
    if scene.size is None or scene.size in (header.size, stored):
        return scene.size or header.size
    raise ImageError(
        f"{scene.file}: its annotations are for an image of {scene.size[0]} × {scene.size[1]} "
        f"pixels, but it has {header.size[0]} × {header.size[1]}"
    )


def item_mask(scene: Scene, item: Item, width: int, height: int) -> np.ndarray:
    """Decode an object's mask ``(H, W)`` uint8.

    Raises:
        ImageError: it cannot be decoded; the message names the image and the object.
    """
    try:
        return decode_shape(item.shape, width, height)
    except ValueError as error:
        raise ImageError(f"{scene.file}: {item.name}: {error}") from error
