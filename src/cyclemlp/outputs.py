"""What verbs share: where they write, on which device they compute, how tables look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from rich.table import Table


def output_folder(output: str | Path | None, verb: str, result: str, overwrite: bool) -> Path:
    """Make the folder a verb writes into; results that are there are kept.

    Args:
        output: the user's choice; None takes the first free of ``runs/VERB``, ``runs/VERB-2``, ….
        verb: names the default folder.
        result: the file that would be replaced.
        overwrite: replace it all the same.

    Raises:
        FileExistsError: `result` is in `output` already.
    """
    folder = _first_free(Path("runs") / verb) if output is None else Path(output)
    if (folder / result).exists() and not overwrite:
        raise FileExistsError(
            f"{folder / result} exists; give another --output, or --overwrite to replace it"
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_json(path: Path, content: Any) -> None:
    """Write `content`, indented."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def best_device(device: str | None) -> torch.device:
    """`device`, or by default the accelerator where there is one and the CPU elsewhere."""
    if device is not None:
        return torch.device(device)
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A borderless table for the terminal, columns of figures on the right."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False)
    cells = [list(row) for row in rows]
    for index, name in enumerate(columns):
        figures = all(row[index][:1].isdigit() or row[index] in ("", "–") for row in cells)
        made.add_column(name, justify="right" if index and figures else "left", overflow="fold")
    for row in cells:
        made.add_row(*row)
    return made


def _first_free(folder: Path) -> Path:
    candidates = (folder.with_name(f"{folder.name}-{n}") for n in count(2))
    return folder if not folder.exists() else next(c for c in candidates if not c.exists())
