"""A small generated data set for dense tasks: shapes on textured ground, with masks and boxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Array = np.ndarray
Distance = Callable[[Array, Array], Array]
"""From coordinates in units of the shape's radius to a distance from its edge, negative inside."""

_HIDDEN = 0.5  # share of an object that later ones may cover
_CONTRAST = 70  # least distance of the ground's colour to those of the classes, of 255 √3
_SPREAD = 28  # of an object's colour about its class's: standard deviation, of 255


def _disc(x: Array, y: Array) -> Array:
    return np.hypot(x, y) - 0.9


def _square(x: Array, y: Array) -> Array:
    return np.maximum(abs(x), abs(y)) - 0.8


def _triangle(x: Array, y: Array) -> Array:
    slope = np.sqrt(3) / 2 * abs(x) + y / 2  # the two upper sides, by symmetry
    return np.maximum(slope, -y) - 0.55


def _cross(x: Array, y: Array) -> Array:
    long, wide = 0.95, 0.3
    upright = np.maximum(abs(x) - wide, abs(y) - long)
    return np.minimum(upright, np.maximum(abs(x) - long, abs(y) - wide))


SHAPES: dict[str, Distance] = {
    "disc": _disc,
    "square": _square,
    "triangle": _triangle,
    "cross": _cross,
}
"""The classes of objects; in masks they follow ``ground``, which is 0."""

_COLORS = ((60, 60, 60), (230, 80, 70), (70, 140, 230), (250, 190, 50), (90, 190, 110))
_PAINTS = np.array(_COLORS[1:])


@dataclass(frozen=True)
class Picture:
    """A drawn picture and what is in it.

    Args:
        pixels: ``(H, W, 3)`` uint8.
        labels: of each object, an index into `SHAPES`.
        masks: ``(N, H, W)`` bool, the visible part of each object; no two overlap.
    """

    pixels: Array
    labels: tuple[int, ...]
    masks: Array


def write_scenes(
    root: Path,
    train: int = 160,
    val: int = 40,
    size: tuple[int, int] = (128, 160),
    seed: int = 0,
) -> Path:
    """Write generated scenes for segmentation, detection and instance segmentation in one folder.

    ``root/images/<split>/*.png``, ``root/masks/<split>/*.png`` with ``root/classes.json``, and
    ``root/instances_<split>.json`` with boxes and run lengths of the visible parts. Discs, squares,
    triangles and crosses of any texture, size and rotation partly cover one another; form and, on
    the whole, colour tell a class. The same arguments write the same files.

    Args:
        root: folder to write into; it is made if it is not there.
        train: number of training pictures.
        val: number of held-out pictures.
        size: (height, width) in pixels.
        seed: at least 0.

    Returns:
        `root`.
    """
    for number, (split, count) in enumerate((("train", train), ("val", val))):
        pictures = (draw_scene(size, (seed, number, index)) for index in range(count))
        content: dict[str, list[Any]] = {
            "images": [],
            "annotations": [],
            "categories": _categories(),
        }
        for kind in ("images", "masks"):
            (root / kind / split).mkdir(parents=True, exist_ok=True)
        for index, picture in enumerate(pictures):
            name = f"{index:04d}.png"
            Image.fromarray(picture.pixels).save(root / "images" / split / name)
            Image.fromarray(_index_mask(picture)).save(root / "masks" / split / name)
            _describe(content, index, name, picture)
        (root / f"instances_{split}.json").write_text(json.dumps(content), encoding="utf-8")
    classes = [
        {"name": name, "color": color}
        for name, color in zip(("ground", *SHAPES), _COLORS, strict=True)
    ]
    (root / "classes.json").write_text(json.dumps({"classes": classes}, indent=2), encoding="utf-8")
    return root


def draw_scene(size: tuple[int, int], seed: tuple[int, ...]) -> Picture:
    """Draw one scene with 2 to 6 objects.

    Args:
        size: (height, width) in pixels.
        seed: numbers of at least 0, which determine everything.
    """
    rng = np.random.default_rng(seed)
    ground_color = _ground_color(rng)
    pixels = _texture(rng, size, ground_color)
    labels: list[int] = []
    whole: list[Array] = []  # masks of the objects, as if nothing lay over them
    visible: list[Array] = []
    for _ in range(rng.integers(2, 7)):
        label = int(rng.integers(len(SHAPES)))
        distance = _placed(rng, size, list(SHAPES.values())[label])
        mask = distance < 0
        left = [seen & ~mask for seen in visible]
        covered = any(a.sum() < (1 - _HIDDEN) * b.sum() for a, b in zip(left, whole, strict=True))
        if covered or mask.sum() < 0.004 * mask.size:
            continue
        pixels = _laid_on(rng, pixels, distance, rng.normal(_PAINTS[label], _SPREAD))
        labels.append(label)
        whole.append(mask)
        visible = [*left, mask]
    noise = rng.normal(0, 5, (*size, 1))
    pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return Picture(pixels, tuple(labels), np.array(visible).reshape(-1, *size))


def _placed(rng: np.random.Generator, size: tuple[int, int], shape: Distance) -> Array:
    """Distance in pixels from a shape's edge, at a random place, size and angle."""
    height, width = size
    radius = min(size) * rng.uniform(0.1, 0.26)
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:height, :width]
    down = rows + 0.5 - rng.uniform(0.5 * radius, height - 0.5 * radius)
    across = columns + 0.5 - rng.uniform(0.5 * radius, width - 0.5 * radius)
    x = (np.cos(angle) * across + np.sin(angle) * down) / radius
    y = (np.cos(angle) * down - np.sin(angle) * across) / radius
    return radius * shape(x, y)


def _ground_color(rng: np.random.Generator) -> Array:
    color = rng.uniform(40, 215, 3)
    while np.linalg.norm(color - _PAINTS, axis=1).min() < _CONTRAST:
        color = rng.uniform(40, 215, 3)
    return color


def _laid_on(rng: np.random.Generator, pixels: Array, distance: Array, color: Array) -> Array:
    opacity = np.clip(0.5 - distance, 0, 1)[..., None]  # half a pixel of soft edge
    shade = 1 - 0.35 * np.exp(-np.clip(distance, 0, None) / 3)[..., None]  # falls on what is below
    return pixels * shade * (1 - opacity) + _texture(rng, distance.shape, color) * opacity


def _texture(rng: np.random.Generator, size: tuple[int, ...], color: Array) -> Array:
    """A colour that varies softly, and in stripes, checks or grain: ``(H, W, 3)``."""
    height, width = size
    soft = Image.fromarray(rng.normal(0, 1, (5, 6)).astype(np.float32))
    cloud = np.asarray(soft.resize((width, height), Image.Resampling.BICUBIC))
    rows, columns = np.mgrid[:height, :width]
    angle, period = rng.uniform(0, np.pi), rng.uniform(4, 14)
    along = 2 * np.pi * (np.cos(angle) * columns + np.sin(angle) * rows) / period
    across = 2 * np.pi * (np.cos(angle) * rows - np.sin(angle) * columns) / period
    pattern = (
        np.sin(along),
        np.sin(along) * np.sin(across),
        rng.normal(0, 0.7, (height, width)),
        np.zeros((height, width)),
    )[rng.integers(4)]
    tint = rng.uniform(-1, 1, 3)
    return color + 14 * cloud[..., None] + 16 * pattern[..., None] * (0.7 + 0.5 * tint)


def _index_mask(picture: Picture) -> Array:
    index = np.zeros(picture.pixels.shape[:2], dtype=np.uint8)
    for label, mask in zip(picture.labels, picture.masks, strict=True):
        index[mask] = label + 1
    return index


def _categories() -> list[dict[str, Any]]:
    return [{"id": number, "name": name} for number, name in enumerate(SHAPES, start=1)]


def _describe(content: dict[str, list[Any]], index: int, name: str, picture: Picture) -> None:
    """Add a picture to the content of a COCO file."""
    height, width = picture.pixels.shape[:2]
    content["images"].append({"id": index, "file_name": name, "width": width, "height": height})
    for label, mask in zip(picture.labels, picture.masks, strict=True):
        rows, columns = np.nonzero(mask)
        left, top = int(columns.min()), int(rows.min())
        content["annotations"].append(
            {
                "id": len(content["annotations"]) + 1,
                "image_id": index,
                "category_id": label + 1,
                "bbox": [left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top],
                "area": int(mask.sum()),
                "iscrowd": 0,
                "segmentation": {"size": [height, width], "counts": _run_lengths(mask)},
            }
        )


def _run_lengths(mask: Array) -> list[int]:
    """COCO's: down the columns, outside first."""
    flat = np.concatenate([[False], mask.flatten(order="F")])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], changes, [mask.size]])).tolist()
