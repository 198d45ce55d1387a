import json
from pathlib import Path

import numpy as np
from PIL import Image

from ..conftest import picture


def save_mask(file: Path, values, mode: str = "L") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(values, dtype=np.uint16 if mode == "I;16" else np.uint8))
    if mode == "P":
        image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    image.save(file)


def save_picture(file: Path, size=(6, 4), **options) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    picture(size).save(file, **options)


def pair(root: Path, split: str, name: str, values, mode: str = "L") -> None:
    height, width = np.asarray(values).shape
    save_picture(root / "images" / split / f"{name}.jpg", (width, height))
    save_mask(root / "masks" / split / f"{name}.png", values, mode)


def grid(*values: int) -> np.ndarray:
    """Return a mask of 4 × 6 that begins with the given values and continues with 0."""
    mask = np.zeros(24, dtype=np.int64)
    mask[: len(values)] = values
    return mask.reshape(4, 6)


def describe(root: Path, content) -> None:
    (root / "classes.json").write_text(json.dumps(content))
