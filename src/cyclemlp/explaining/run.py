"""Explaining many images: from files to pictures, maps and one JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from cyclemlp.bundle.predictions.result_names import ResultNames
from cyclemlp.bundle.predictions.resuming import advising_on_resume
from cyclemlp.bundle.predictions.rows import Row
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.console.files import replacing
from cyclemlp.data.images.picture import Picture, read_picture, size_of
from cyclemlp.data.images.preview import preview
from cyclemlp.explaining.drawing import beside, panel
from cyclemlp.explaining.evidence import evidence
from cyclemlp.explaining.places import Place
from cyclemlp.explaining.result import Explanations
from cyclemlp.explaining.rows import DRAWN, MAPS, RESULT, name_of
from cyclemlp.explaining.targets import Question, Target, targets
from cyclemlp.tasks.classification.drawing import label_strip

_MULTIPLE = 32  # dense networks pad their input to it, at the right and bottom


@dataclass(frozen=True)
class Asked:
    """What is to be explained.

    Attributes:
        places: layers, of which the last is used on which a score depends.
        classes: names; none for those of the prediction.
        most: explanations per image.
    """

    places: list[Place]
    classes: Sequence[str]
    most: int


def explain_files(
    bundle: str,
    predictor: Predictor,
    files: Iterable[str],
    asked: Asked,
    folder: Path,
    earlier: Sequence[Row] = (),
) -> Explanations:
    """Explain images; files that cannot be used are reported and skipped.

    Args:
        bundle: as the user named it.
        predictor: of the bundle.
        files: paths of images.
        asked: what to explain.
        folder: of the results.
        earlier: the rows that are already in the folder's file, which is continued.

    Raises:
        OSError: a file cannot be written, e.g. because the disk is full.
        KeyboardInterrupt: the user stopped; everything that was finished is in the folder.
    """
    names, rows = ResultNames({row["file"]: name_of(row) for row in earlier}), [*earlier]
    # Line buffering keeps what is finished if a long run is interrupted.
    with (
        advising_on_resume(folder),
        (folder / RESULT).open("a", encoding="ascii", buffering=1) as lines,
    ):
        for file in files:
            rows.append(_outcome(predictor, file, asked, folder, names))
            print(json.dumps(rows[-1]), file=lines)
    layers = dict.fromkeys(one["layer"] for row in rows for one in row.get("explained", ()))
    return Explanations(bundle, tuple(filter(None, layers)), tuple(rows), folder)


def _outcome(
    predictor: Predictor, file: str, asked: Asked, folder: Path, names: ResultNames
) -> Row:
    try:
        picture = read_picture(file, predictor.channels)
    except (ValueError, OSError) as error:
        return {"file": file, "error": str(error)}
    return {"file": file} | _explained(predictor, picture, asked, folder, names.of(file))


def _explained(
    predictor: Predictor, picture: Picture, asked: Asked, folder: Path, name: str
) -> dict[str, Any]:
    """Explain one image, and return its row."""
    image, seen = _seen(predictor, picture)
    task, network = predictor.task, predictor.network
    found = targets(Question(task, network, image, size_of(picture), asked.classes, asked.most))
    heats, rows = [], []
    for one in found:
        heat, layer = _heat(predictor, one, image, asked)
        heats.append(heat)
        rows.append(_row(one, heat, layer))
    files = {"drawn": f"{DRAWN}/{name}.png", "maps": f"{MAPS}/{name}.npz"}
    _draw(folder / files["drawn"], seen, found, heats)
    with replacing(folder / files["maps"], flush=False) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **{f"map{n}": h for n, h in enumerate(heats)})
    return {"size": list(seen.size[::-1]), **files, "explained": rows}


def _seen(predictor: Predictor, picture: Picture) -> tuple[Tensor, Image.Image]:
    """Return the network's input ``(1, C, H, W)``, and the same as a picture."""
    pictures: list[Any] = []

    def look(one: Any) -> Any:
        pictures.append(one)
        return one

    image = predictor.task.eval_transform(predictor.preprocessing, look)(picture)
    return image[None].to(predictor.device), preview(pictures[0])


def _heat(
    predictor: Predictor, target: Target, image: Tensor, asked: Asked
) -> tuple[np.ndarray, str | None]:
    """Return the positive evidence ``(H, W)`` in 0..1, and the layer's name."""
    height, width = image.shape[-2:]
    padded = predictor.task.pictures  # dense
    covered = (
        (height + -height % _MULTIPLE, width + -width % _MULTIPLE) if padded else (height, width)
    )
    backbone: Any = predictor.task.backbone(predictor.network)
    prefix = getattr(backbone, "num_prefix_tokens", 0) or 0
    found = evidence(target.score, image, asked.places, covered, prefix)
    if found is None:
        return np.zeros((height, width), np.float32), None
    heat = found[1].clamp(min=0)
    return (heat / heat.max().clamp(min=torch.finfo(heat.dtype).tiny)).numpy(), found[0].name


def _row(target: Target, heat: np.ndarray, layer: str | None) -> dict[str, Any]:
    total = float(heat.sum())
    row: dict[str, Any] = {"label": target.label, "text": target.text, **target.about}
    row["layer"] = layer
    peak = np.unravel_index(int(heat.argmax()), heat.shape)
    row["peak"] = [int(peak[1]), int(peak[0])] if total > 0 else None
    if target.region is not None:
        inside = float(heat[target.region.cpu().numpy()].sum())
        row["inside"] = inside / total if total > 0 else None
    return row


def _draw(
    path: Path, seen: Image.Image, found: Sequence[Target], heats: Sequence[np.ndarray]
) -> None:
    panels = [
        panel(seen, heat, f"{one.label}  {one.text}", one.box)
        for one, heat in zip(found, heats, strict=True)
    ]
    sheet = beside([label_strip(seen, "" if found else "nothing found"), *panels])
    with replacing(path, flush=False) as temporary:
        sheet.save(temporary, "PNG")
