"""LabelMe's files as scenes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cyclemlp.data.layouts.labelme_classes import IGNORE
from cyclemlp.data.layouts.labelme_file import LabelmeFile
from cyclemlp.data.layouts.labelme_joining import joined
from cyclemlp.data.layouts.labelme_shapes import Outline
from cyclemlp.data.layouts.objects.polygons import Shape
from cyclemlp.data.layouts.objects.scene import Item, Scene
from cyclemlp.data.messages import shown


def scenes_of(
    read: Iterable[tuple[LabelmeFile, Path | None]], labels: Mapping[str, int], ignore: bool
) -> Iterator[Scene]:
    """Yield a scene for each file; a scene with unusable annotations has a fault.

    Args:
        read: the files and their images; None if there is no image.
        labels: label of each class.
        ignore: whether shapes with the label ``__ignore__`` become crowds; else they are left out.
    """
    first: dict[Path, Path] = {}
    for number, (content, image) in enumerate(read):
        if image is None:
            yield Scene(str(content.file), number, None, fault=_without_image(content))
            continue
        other = first.setdefault(image, content.file)
        if content.fault:
            fault = f"its annotation {content.file}: {content.fault}"
        elif other != content.file:
            fault = f"two files annotate it, {other} and {content.file}; remove one of them"
        else:
            fault = _unknown(content, labels)
        if fault is not None:
            yield Scene(str(image), number, None, fault=fault)
        else:
            yield _scene(content, image, number, labels, ignore)


def _without_image(content: LabelmeFile) -> str:
    if content.fault:
        return content.fault
    stated = f"imagePath {content.image!r}" if content.image else "no imagePath"
    where = "put it there (the embedded one is not used)"
    return f"it has {stated}, and no image of this name is beside it: {where}"


def _unknown(content: LabelmeFile, labels: Mapping[str, int]) -> str | None:
    for outline in content.outlines:
        if outline.label not in labels and outline.label != IGNORE:
            return (
                f"its annotation {content.file}: {outline.name}: the label is none of the classes "
                f"{shown(list(labels))}; correct it, or name it in labels.txt"
            )
    return None


def _scene(
    content: LabelmeFile, image: Path, number: int, labels: Mapping[str, int], ignore: bool
) -> Scene:
    used = [one for one in content.outlines if ignore or one.label != IGNORE]
    ignored = () if ignore else (one for one in content.outlines if one.label == IGNORE)
    left_out = (f"{one.name}: left out" for one in ignored)
    if content.size is None and any(one.bitmap is not None for one in used):
        fault = f"its annotation {content.file} has masks, but no imageWidth and imageHeight"
        return Scene(str(image), number, None, fault=fault)
    groups = grouped(used)
    items = tuple(_item(group, labels.get(group[0].label), content.size) for group in groups)
    return Scene(str(image), number, content.size, items, None, (*content.warnings, *left_out))


def grouped(outlines: Iterable[Outline]) -> Iterator[list[Outline]]:
    """Yield the shapes of each object: those with the same label and group are one object."""
    groups: dict[tuple[str, int | None, int], list[Outline]] = {}
    for one in outlines:
        key = (one.label, one.group, one.number if one.group is None else 0)
        groups.setdefault(key, []).append(one)
    yield from groups.values()


def _item(group: list[Outline], label: int | None, size: tuple[int, int] | None) -> Item:
    lefts, tops, rights, bottoms = zip(*(one.box for one in group), strict=True)
    return Item(
        (min(lefts), min(tops), max(rights), max(bottoms)),
        label or 0,
        label is None,  # LabelMe's label for pixels to ignore
        shape=_shape(group, size),
        name=group[0].name,
    )


def _shape(group: list[Outline], size: tuple[int, int] | None) -> Shape:
    if size is not None and any(one.bitmap is not None for one in group):
        return joined(group, size)
    return [one.points.ravel().tolist() for one in group]
