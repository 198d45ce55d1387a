"""YOLO's images and labels as scenes."""

from __future__ import annotations

from collections.abc import Mapping

from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import image_header
from cyclemlp.data.layouts.objects.scene import Item, Scene
from cyclemlp.data.layouts.yolo_images import Listed
from cyclemlp.data.layouts.yolo_labels import Labels
from cyclemlp.data.layouts.yolo_lines import Line


def scene_of(
    number: int,
    image: Listed,
    labels: Labels,
    names: Mapping[int, str],
    places: Mapping[str, int],
    masks: bool,
) -> Scene:
    """Make the scene of an image; a scene with unusable labels has a fault.

    Labels are fractions of the upright image, whose header is read.

    Args:
        number: the image's number.
        image: the image.
        labels: its objects.
        names: class names by their number in the labels.
        places: label of each class name.
        masks: whether objects have masks, which boxes do not have.
    """
    file = str(image.file)
    fault = image.fault or labels.fault or (_without_mask(labels) if masks else None)
    if fault is not None:
        return Scene(file, number, None, fault=fault)
    try:
        size = image_header(image.file).size
    except (ImageError, FileNotFoundError) as error:
        return Scene(file, number, None, fault=str(error).removeprefix(f"{file}: "))
    where = labels.file.name if labels.file else ""
    items = (_item(line, where, names[line.label], places, size) for line in labels.lines)
    shaped = items if masks else (item._replace(shape=None) for item in items)
    return Scene(file, number, size, tuple(shaped), warnings=labels.warnings)


def _without_mask(labels: Labels) -> str | None:
    boxes = [line for line in labels.lines if line.is_box]
    if not boxes:
        return None
    more = f", as {len(boxes) - 1} more of its lines" if len(boxes) > 1 else ""
    return (
        f"its labels {labels.file}, line {boxes[0].number} is a box{more}, but --task instance "
        "needs polygons"
    )


def _item(
    line: Line, file: str, name: str, places: Mapping[str, int], size: tuple[int, int]
) -> Item:
    return Item(
        line.box(*size),
        places[name],
        shape=None if line.is_box else [line.points(*size)],
        name=f"line {line.number} of {file} ({name})",
        written={"values": line.text},
    )
