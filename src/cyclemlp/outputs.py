"""What verbs share: checks of flags, where they write and compute, bars and tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from cyclemlp.data.report import DataReport, inspect_splits
from cyclemlp.data.split import Split

if TYPE_CHECKING:
    from rich.table import Table

Item = TypeVar("Item")


def at_least(low: int, **values: int | None) -> None:
    """Refuse flags below `low`; None is a flag that was not given.

    Raises:
        ValueError: the message names the flag.
    """
    for name, value in values.items():
        if value is not None and value < low:
            raise ValueError(f"--{name.replace('_', '-')} must be at least {low}, got {value}")


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


def dotted(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as the command line spells them: ``{"optim.lr": 0.1}``."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = prefix + key
        flat |= dotted(value, name + ".") if isinstance(value, Mapping) else {name: value}
    return flat


def best_device(device: str | None) -> torch.device:
    """`device`, or by default the accelerator where there is one and the CPU elsewhere.

    Raises:
        ValueError: torch cannot compute there.
    """
    if device is None:
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return usable_device(device, "--device")


def usable_device(name: str, flag: str) -> torch.device:
    """The device of this name, with its number where torch numbers them.

    Raises:
        ValueError: torch cannot compute there; the message names the flag.
    """
    try:
        number = torch.zeros((), device=name)
        number.item()  # the device "meta" makes tensors, but they have no values
        return number.device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"{flag} {name}: torch cannot compute there ({reason}); leave it out for what there "
            "is, or give cpu"
        ) from error


def tracked(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """The items, with a progress bar on standard error if that is a terminal.

    Args:
        items: to go through.
        what: stands before the bar, e.g. ``"predicting"``.
        total: their number, where they do not know it.
    """
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal:  # even a disabled bar leaves an empty line, in rich 14.0
        return items
    return track(items, what, total=total, console=console, transient=True)


def inspected(splits: Mapping[str, Split]) -> DataReport:
    """Decode every file of the splits, with a progress bar, and report what cannot be used."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        return inspect_splits(splits)
    with Progress(console=console, transient=True) as bar:
        reading = bar.add_task("checking images", total=None)
        return inspect_splits(
            splits, progress=lambda done, total: bar.update(reading, completed=done, total=total)
        )


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
