import json
from pathlib import Path
from typing import Any

from ..conftest import picture

RECTANGLE = [[14, 11], [4, 5]]  # drawn from right to left
POLYGON = [[20.0, 2.0], [26.0, 2.0], [26.0, 8.0], [20.0, 8.0]]
CIRCLE = [[10, 10], [13, 14]]  # centre, and a point at the distance 5


def shape(label: str, points=POLYGON, kind: str | None = "polygon", **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind, "group_id": None} | more


def annotate(file: Path, *shapes: Any, image: str | None = None, **more: Any) -> None:
    """Write an image of 30 × 20 pixels, and its JSON file beside it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture((30, 20)).save(file)
    content = {
        "version": "5.4.1",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": file.name if image is None else image,
        "imageData": "AAAA",
        "imageHeight": 20,
        "imageWidth": 30,
    }
    file.with_suffix(".json").write_text(json.dumps(content | more))
