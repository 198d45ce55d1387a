"""A generated data set of scenes for segmentation, detection and instance segmentation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from cyclemlp.data.generated.coco_json import coco_content
from cyclemlp.data.generated.drawing import GROUND_COLOR, OBJECT_COLORS, DrawnScene, draw_scene
from cyclemlp.data.generated.shapes import SHAPES, Array


def write_scenes(
    root: Path,
    train: int = 160,
    val: int = 40,
    size: tuple[int, int] = (128, 160),
    seed: int = 0,
) -> Path:
    """Write generated scenes, with index masks, bounding boxes and object masks, in one folder.

    The files are ``root/images/<split>/*.png``, ``root/masks/<split>/*.png`` with
    ``root/classes.json``, and ``root/instances_<split>.json`` with boxes and run lengths of the
    visible parts. Discs, squares, triangles and crosses of random texture, size and rotation partly
    cover one another. Shape determines a class, and color mostly does. The same arguments write the
    same files.

    Args:
        root: folder to write into; it is created if it does not exist.
        train: number of training images.
        val: number of validation images.
        size: (height, width) in pixels.
        seed: at least 0.

    Returns:
        `root`.
    """
    for number, (split, count) in enumerate((("train", train), ("val", val))):
        scenes = (draw_scene(size, (seed, number, index)) for index in range(count))
        content = json.dumps(coco_content(_written(root, split, scenes)))
        (root / f"instances_{split}.json").write_text(content, encoding="utf-8")
    names, colors = ("ground", *SHAPES), (GROUND_COLOR, *OBJECT_COLORS)
    classes = [{"name": name, "color": color} for name, color in zip(names, colors, strict=True)]
    (root / "classes.json").write_text(json.dumps({"classes": classes}, indent=2), encoding="utf-8")
    return root


def _written(
    root: Path, split: str, scenes: Iterable[DrawnScene]
) -> Iterator[tuple[str, DrawnScene]]:
    """Write images and masks, and yield each file name with its scene."""
    images, masks = (root / kind / split for kind in ("images", "masks"))
    for folder in (images, masks):
        folder.mkdir(parents=True, exist_ok=True)
    for index, scene in enumerate(scenes):
        name = f"{index:04d}.png"
        Image.fromarray(scene.pixels).save(images / name)
        Image.fromarray(_index_mask(scene)).save(masks / name)
        yield name, scene


def _index_mask(scene: DrawnScene) -> Array:
    index = np.zeros(scene.pixels.shape[:2], dtype=np.uint8)
    for label, mask in zip(scene.labels, scene.masks, strict=True):
        index[mask] = label + 1
    return index
