"""Which layouts a data set's folder has, from the names in it alone, and all of its splits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cyclemlp.data.layouts import index_masks
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import listing, require_folder
from cyclemlp.data.layouts.common.split_names import MissingSplitError
from cyclemlp.data.layouts.dividing import PARTS, Open, divided, part_of
from cyclemlp.data.layouts.finding import (
    CLASSIFICATION,
    DETECTION,
    FILES,
    LAYOUTS,
    SEGMENTATION,
    classes_beside_masks,
    open_classification,
    open_detection,
    open_segmentation,
)
from cyclemlp.data.layouts.hints import hint
from cyclemlp.data.layouts.timm_names import is_timm_string
from cyclemlp.data.split import Split

_OPENERS: dict[str, Open] = {
    "classify": open_classification,
    "segment": open_segmentation,
    "detect": open_detection,
    "instance": partial(open_detection, masks=True),
}
_SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Recognized:
    """A layout that a data set has.

    Attributes:
        layout: its name.
        tasks: names of the tasks that use it.
    """

    layout: str
    tasks: tuple[str, ...]


def require_data(data: str, task: str | None = None, flag: str = "--data ") -> None:
    """Check that a data set's folder exists; timm's data set strings are not checked.

    Args:
        data: a folder, a file that describes a data set, or a timm data set string.
        task: name of the task whose layouts the message lists; None for all layouts.
        flag: see `require_folder`.

    Raises:
        FileNotFoundError: the folder does not exist.
        ValueError: it is another file, or must not be read.
    """
    if not is_timm_string(data):
        require_folder(Path(data), _expected(task), FILES, flag)


def found_task(data: str) -> tuple[str, str]:
    """Find the task from a data set's layout: objects before masks before classes of images.

    Objects with masks are detected unless the user asks for more, because boxes train faster.

    Args:
        data: as in `recognized`.

    Returns:
        The task's name, and a note for the user.

    Raises:
        FileNotFoundError, ValueError: see `recognized`.
    """
    found = recognized(data)
    task, *others = dict.fromkeys(task for layout in found for task in layout.tasks)
    note = f"note: --task {task}, from the layout of {data}: {found[0].layout}"
    other = f"; choose another with --task {' or '.join(others)}" if others else ""
    return task, note + other


def recognized(data: str, flag: str = "--data ") -> tuple[Recognized, ...]:
    """Return the layouts by which the tasks open a data set, one for each kind of target.

    Args:
        data: a folder, a file that describes a data set, or a timm data set string.
        flag: see `require_folder`.

    Raises:
        FileNotFoundError: the folder does not exist.
        ValueError: it is another file, must not be read, or has no known layout.
    """
    if is_timm_string(data):
        return (Recognized("timm data set", ("classify",)),)
    require_data(data, None, flag)
    root = Path(data)
    # Many folders look like class folders, such as train/images/*: other layouts come first.
    found = [*_first(DETECTION, root), *_first(SEGMENTATION, root)]
    beside = classes_beside_masks(root) if found[:1] == [index_masks.LAYOUT] else None
    found = [*found, *([beside] if beside else [])] or _first(CLASSIFICATION, root)
    if not found:
        raise ValueError(
            f"{flag}{root} has none of the known layouts: {_expected(None)}; {listing(root)}"
            f"{hint(root, LAYOUTS)}"
        )
    return tuple(Recognized(layout.name, layout.tasks) for layout in found)


def open_splits(
    data: str, task: str, val_fraction: float | None = None
) -> tuple[dict[str, Split], list[str]]:
    """Open every split of a data set.

    Args:
        data: a folder, or a timm data set string.
        task: name of the task that uses the data set.
        val_fraction: part of the training images for validation, see `divided`; None to open the
            data set's split for validation.

    Returns:
        A dict of the splits, and a message on each problem: a single class, or a split that cannot
        be opened; only ``test`` may be missing.

    Raises:
        ValueError: the training images cannot be divided.
    """
    splits: dict[str, Split] = {}
    messages = []
    if val_fraction is not None:
        whole, division = divided(_OPENERS[task], data, val_fraction)
        splits = {name: part_of(whole, data, division, name) for name in PARTS}
    for name in (name for name in _SPLITS if name not in splits):
        classes = splits["train"].classes if "train" in splits else None
        try:
            splits[name] = _OPENERS[task](data, name, classes)
        except (ValueError, OSError) as error:
            if name != "test" or not isinstance(error, MissingSplitError):
                messages.append(str(error))
    train = splits.get("train")
    if task == "classify" and train is not None and len(train.classes) == 1:
        messages.append(f"one class, {train.classes[0]!r}: classification needs at least two")
    return splits, list(dict.fromkeys(messages))  # one file may spoil every split


def _first(layouts: tuple[Layout[Any], ...], root: Path) -> list[Layout[Any]]:
    """Return the first layout that a folder has, in a list, which is empty if there is none."""
    return [layout for layout in layouts if layout.fits(root)][:1]


def _expected(task: str | None) -> str:
    if task is None:
        return f"expected {', '.join(dict.fromkeys(layout.name for layout in LAYOUTS))}"
    fitting = [layout for layout in LAYOUTS if task in layout.tasks]
    return f"expected {', or '.join(layout.expected for layout in fitting)}"
