"""Predictions of many images in one file of COCO's format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

Rows = Callable[[], Iterable[Mapping[str, Any]]]
"""See `Gathering.write`."""


@dataclass(frozen=True)
class CocoFile:
    """Writes predictions as ``coco.json``; images are numbered from 1.

    Attributes:
        classes: names, by label.
        category_ids: the data set's category id of each class.
    """

    classes: Sequence[str]
    category_ids: Sequence[int]

    def write(self, folder: Path, rows: Rows) -> Path:
        """Write ``coco.json`` into `folder` and return its path. One image is in memory at a time.

        Args:
            folder: the folder to write into.
            rows: predictions of `DetectionPrediction`; see `Gathering.write`.
        """
        path = folder / "coco.json"
        categories = [
            {"id": number, "name": name}
            for number, name in zip(self.category_ids, self.classes, strict=True)
        ]
        parts = {
            "images": (_image(number, row) for number, row in enumerate(rows(), 1)),
            "annotations": self._annotations(rows()),
            "categories": categories,
        }
        with path.open("w", encoding="utf-8") as file:
            for opening, (name, entries) in zip(("{", ", ", ", "), parts.items(), strict=True):
                file.write(f'{opening}"{name}": ')
                _write_list(file, entries)
            file.write("}\n")
        return path

    def _annotations(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        ids = dict(zip(self.classes, self.category_ids, strict=True))
        count = 0
        for image_id, row in enumerate(rows, 1):
            for entry in row["prediction"]["objects"]:
                count += 1
                numbers = {"id": count, "image_id": image_id}
                yield numbers | _annotation(entry, ids[entry["label"]])


def complete_ids(category_ids: Sequence[int] | None, classes: int) -> tuple[int, ...]:
    """Return one category id per class, by default numbers from 1.

    Raises:
        ValueError: the number of ids differs from the number of classes.
    """
    ids = tuple(category_ids or range(1, classes + 1))
    if len(ids) != classes:
        raise ValueError(
            f"category_ids must have a number for each of the {classes} classes; got {len(ids)}"
        )
    return ids


def _image(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    height, width = row["prediction"]["size"]
    place = {name: row[name] for name in ("frame", "time") if name in row}
    return {"id": number, "file_name": row["file"], "width": width, "height": height} | place


def _write_list(file: TextIO, entries: Iterable[Any]) -> None:
    """Write a JSON list, entry by entry."""
    file.write("[")
    for number, entry in enumerate(entries):
        file.write((", " if number else "") + json.dumps(entry))
    file.write("]")


def _annotation(entry: dict[str, Any], category_id: int) -> dict[str, Any]:
    left, top, right, bottom = entry["box"]
    annotation = {
        "category_id": category_id,
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "iscrowd": 0,
        "score": entry["score"],
    }
    return annotation | ({"segmentation": entry["mask"]} if "mask" in entry else {})
