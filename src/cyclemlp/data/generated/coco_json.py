"""COCO's JSON content of drawn scenes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cyclemlp.data.generated.drawing import DrawnScene
from cyclemlp.data.generated.shapes import SHAPES, Array
from cyclemlp.data.run_lengths import run_lengths


def coco_content(scenes: Iterable[tuple[str, DrawnScene]]) -> dict[str, list[Any]]:
    """Return the content of an annotation file.

    Args:
        scenes: file names and scenes, consumed one by one.
    """
    images, annotations = [], []
    for index, (name, scene) in enumerate(scenes):
        height, width = scene.pixels.shape[:2]
        images.append({"id": index, "file_name": name, "width": width, "height": height})
        for label, mask in zip(scene.labels, scene.masks, strict=True):
            entry = {"id": len(annotations) + 1, "image_id": index, "category_id": label + 1}
            annotations.append(entry | _object(mask))
    categories = [{"id": number, "name": name} for number, name in enumerate(SHAPES, start=1)]
    return {"images": images, "annotations": annotations, "categories": categories}


def _object(mask: Array) -> dict[str, Any]:
    rows, columns = np.nonzero(mask)
    left, top = int(columns.min()), int(rows.min())
    return {
        "bbox": [left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top],
        "area": int(mask.sum()),
        "iscrowd": 0,
        "segmentation": {"size": list(mask.shape), "counts": run_lengths(mask).tolist()},
    }
