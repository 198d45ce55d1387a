"""LabelMe's JSON files: the shapes of one image each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from cyclemlp.data.layouts.common.annotation_files import AnnotationFiles
from cyclemlp.data.layouts.common.text_files import read_json
from cyclemlp.data.layouts.labelme_shapes import Outline, outline_of
from cyclemlp.data.messages import shortened

LABELME = AnnotationFiles(".json", re.compile(b'"shapes"'))


class LabelmeFile(NamedTuple):
    """The content of one file.

    Attributes:
        file: the file.
        image: the stated path of the image; empty if there is none.
        size: the stated (width, height), or None.
        outlines: the shapes.
        warnings: what was left out.
        fault: why the file cannot be used, or None.
    """

    file: Path
    image: str = ""
    size: tuple[int, int] | None = None
    outlines: tuple[Outline, ...] = ()
    warnings: tuple[str, ...] = ()
    fault: str | None = None


def read_labelme(file: Path) -> LabelmeFile:
    """Read a file; the image that may be embedded in it is ignored."""
    try:
        content = read_json(file)
        if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
            return LabelmeFile(file, fault="it has no list 'shapes', so LabelMe did not write it")
        image = content.get("imagePath")
        read = LabelmeFile(file, image if isinstance(image, str) else "", _size(content))
        found = [outline_of(i, shape) for i, shape in enumerate(content["shapes"], start=1)]
    except (ValueError, OSError) as error:
        return LabelmeFile(file, fault=str(error).removeprefix(f"{file}: "))
    outlines = tuple(one for one in found if isinstance(one, Outline))
    return read._replace(
        outlines=outlines, warnings=tuple(one for one in found if isinstance(one, str))
    )


def _size(content: dict[str, Any]) -> tuple[int, int] | None:
    stated = content.get("imageWidth"), content.get("imageHeight")
    try:
        width, height = (int(float(side or 0)) for side in stated)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"imageWidth and imageHeight are whole numbers, got {shortened(stated)}"
        ) from error
    return (width, height) if width and height else None
