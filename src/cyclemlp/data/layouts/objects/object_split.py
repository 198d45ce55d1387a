"""A split of images with annotated objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from typing_extensions import override

from cyclemlp.data.images.inspection import Inspection, inspect_image
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.layouts.objects.cleaning import Corrections, cleaned
from cyclemlp.data.layouts.objects.scene import Scene
from cyclemlp.data.split import Check, Sample, Split


class ObjectSplit(Split):
    """Images and their objects.

    A target is a dict:

    - ``boxes``: `BoundingBoxes` ``(N, 4)`` float32, left, top, right, bottom in pixels of the
      upright image;
    - ``labels``: ``(N,)`` int64, from 0, in the order of `classes`;
    - ``iscrowd``: ``(N,)`` int64, 1 for a crowd (COCO) or an object marked difficult (Pascal VOC):
      it is not used in training, and neither a hit nor a miss in evaluation;
    - ``area``: ``(N,)`` float32, in pixels, as annotated or else of the box;
    - ``image_id``: the annotations' number of the image;
    - ``size``: (height, width) of the upright image;
    - ``masks``, if requested: `Mask` ``(N, H, W)`` uint8, 1 inside, decoded when a sample is read.

    Annotations belong to the image as a viewer shows it. If the EXIF orientation exchanges width
    and height, and the annotated size is the size of the stored pixels, they are turned with the
    image.

    Args:
        name: the split's name.
        classes: class names, in the order of the labels.
        scenes: the images and their annotations.
        masks: whether targets have masks.
        notes: see `Split`.
        category_ids: the annotations' numbers of the classes; the default is 1, 2, 3, ….

    Raises:
        ValueError: there are no images.
    """

    classes_required = False

    def __init__(
        self,
        name: str,
        classes: Sequence[str],
        scenes: Iterable[Scene],
        masks: bool = False,
        notes: Sequence[str] = (),
        category_ids: Sequence[int] | None = None,
    ) -> None:
        self.name = name
        self.classes = tuple(classes)
        self.masks = masks
        self.category_ids = tuple(category_ids or range(1, len(self.classes) + 1))
        results = [cleaned(scene) for scene in scenes]
        self.scenes = tuple(scene for scene, _ in results)
        self.notes = (*notes, *_notes(self.scenes, [made for _, made in results]))
        if not self.scenes:
            raise ValueError(f"split {name!r} has no images")

    @override
    def __len__(self) -> int:
        return len(self.scenes)

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(self.picture(self.source(index)), self.target(index))

    @override
    def source(self, index: int) -> str:
        return self.scenes[index].file

    @override
    def labels(self, index: int) -> Sequence[int]:
        return [item.label for item in self.scenes[index].items]

    @override
    def inspect(self, index: int) -> Inspection:
        scene = self.scenes[index]
        if scene.fault is not None:
            return Inspection(scene.fault)
        return inspect_image(scene.file, self.channels)

    @override
    def check(self, index: int) -> Check:
        scene, found = self.scenes[index], self.inspect(index)
        if found.fault is not None:
            return Check(found.fault)
        try:
            self.target(index)
        except (ImageError, FileNotFoundError) as error:
            return Check(str(error).removeprefix(f"{scene.file}: "))
        labels = [item.label for item in scene.items if not item.crowd]
        return Check(None, labels, scene.warnings, found.channels, found.remarks)

    def target(self, index: int) -> dict[str, Any]:
        """Return a sample's target, as the class describes it.

        Raises:
            FileNotFoundError: the image does not exist.
            ImageError: the image or its annotations cannot be used.
        """
        # folders are recognized before torch is imported
        from cyclemlp.data.layouts.objects.target import target_of

        return target_of(self.scenes[index], self.masks)


def _notes(scenes: Sequence[Scene], corrections: Sequence[Corrections]) -> Iterator[str]:
    items = [item for scene in scenes for item in scene.items]
    yield f"{len(items)} objects, {sum(item.crowd for item in items)} of them crowds or difficult"
    if empty := sum(not (scene.items or scene.fault) for scene in scenes):
        yield f"{empty} images without objects"
    if ordered := sum(made.ordered for made in corrections):
        yield f"{ordered} boxes are drawn from right to left or bottom to top: put in order"
    if clipped := sum(made.clipped for made in corrections):
        confused = "; check if sides are written for corners" * (2 * clipped > len(items))
        yield f"{clipped} boxes extend beyond their image and are clipped{confused}"
    sides = (min(right - left, bottom - top) for (left, top, right, bottom), *_ in items)
    if slight := sum(side < 1 for side in sides):
        yield f"{slight} boxes are less than a pixel wide or high; coordinates are in pixels"
