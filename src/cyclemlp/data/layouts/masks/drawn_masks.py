"""A split of images whose masks are drawn from annotated shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from cyclemlp.data.images.inspection import Inspection
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import image_header
from cyclemlp.data.labels import ignore_index
from cyclemlp.data.layouts.common.orientation import aligned
from cyclemlp.data.layouts.masks.background import BACKGROUND
from cyclemlp.data.layouts.masks.mask_split import MaskSplit
from cyclemlp.data.layouts.objects.annotated import annotated_size, item_mask
from cyclemlp.data.layouts.objects.cleaning import trimmed
from cyclemlp.data.layouts.objects.scene import Item, Scene

if TYPE_CHECKING:  # folders are recognized before torch is imported
    from torchvision.tv_tensors import Mask


class DrawnMasks(MaskSplit):
    """Images with masks of labels that are drawn from annotated shapes when a sample is read.

    Pixels without a shape have the class ``background``. Where shapes overlap, the last one counts.
    Pixels that only crowds cover are ignored.

    Args:
        name: the split's name.
        classes: class names, in the order of the labels; one of them is ``background``.
        scenes: the images and their shapes.
        notes: see `Split`.

    Raises:
        ValueError: there are no images.
    """

    def __init__(
        self, name: str, classes: Sequence[str], scenes: Iterable[Scene], notes: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.classes = tuple(classes)
        self.ignore_index = ignore_index(len(self.classes))
        self.scenes = tuple(map(_drawable, scenes))
        self.notes = (*notes, *_notes(self.scenes))
        self._background = self.classes.index(BACKGROUND)
        if not self.scenes:
            raise ValueError(f"split {name!r} has no images")

    @override
    def __len__(self) -> int:
        return len(self.scenes)

    @override
    def source(self, index: int) -> str:
        return self.scenes[index].file

    @override
    def warnings(self, index: int) -> Sequence[str]:
        return self.scenes[index].warnings

    @override
    def inspect(self, index: int) -> Inspection:
        fault = self.scenes[index].fault  # its file may not be an image
        return Inspection(fault) if fault is not None else super().inspect(index)

    @override
    def target(self, index: int) -> Mask:
        import torch
        from torchvision.tv_tensors import Mask

        scene = self.scenes[index]
        if scene.fault is not None:
            raise ImageError(f"{scene.file}: {scene.fault}")
        header = image_header(scene.file)
        labels = aligned(self._drawn(scene, *annotated_size(scene, header)), header)
        assert labels is not None  # `annotated_size` checked the size
        return Mask(torch.from_numpy(labels))

    def _drawn(self, scene: Scene, width: int, height: int) -> np.ndarray:
        dtype = np.uint8 if self.ignore_index == 255 else np.int32
        labels = np.full((height, width), self._background, dtype=dtype)
        for item in sorted(scene.items, key=lambda item: not item.crowd):  # objects over crowds
            inside = item_mask(scene, item, width, height).astype(bool)
            labels[inside] = self.ignore_index if item.crowd else item.label
        return labels


def _drawable(scene: Scene) -> Scene:
    """Leave out annotations with neither area nor shape, and polygons of fewer than 3 points."""
    kept, warnings = [], list(scene.warnings)
    for item in scene.items:
        if _is_empty(item):
            warnings.append(f"{item.name} has a box without area and no shape: left out")
            continue
        item, told = trimmed(item)
        kept.append(item)
        warnings += told
    return replace(scene, items=tuple(kept), warnings=tuple(warnings))


def _is_empty(item: Item) -> bool:
    left, top, right, bottom = item.box
    return not item.shape and (right == left or bottom == top)


def _notes(scenes: Sequence[Scene]) -> Iterator[str]:
    items = [item for scene in scenes for item in scene.items]
    yield (
        f"masks are drawn from {len(items)} shapes, {sum(item.crowd for item in items)} of them "
        f"ignored; pixels without a shape are {BACKGROUND!r}"
    )
    if empty := sum(not (scene.items or scene.fault) for scene in scenes):
        yield f"{empty} images without shapes"
