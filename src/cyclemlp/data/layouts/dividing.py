"""Validation images from the training images of a data set that has none.

Names are relative to the data set's folder, so that a division is valid in another place, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclemlp.data.layouts.common.split_names import OWN_VALIDATION, MissingSplitError
from cyclemlp.data.messages import shown
from cyclemlp.data.split import Fault, Split
from cyclemlp.data.splitting import divide, same_name
from cyclemlp.data.subset import Subset

Open = Callable[[str, str, Sequence[str] | None], Split]
"""Opens a split of a data set with the given classes, as `cyclemlp.tasks.contract.Task.open`."""

PARTS = ("train", "val")


@dataclass(frozen=True)
class Division:
    """The names of the training images that train, and of those that validate.

    Attributes:
        train: names for training.
        val: names for validation.
        place: the file that holds them, for messages; empty for a new division.
    """

    train: tuple[str, ...]
    val: tuple[str, ...]
    place: str = ""


def divided(open_split: Open, data: str, fraction: float) -> tuple[Split, Division]:
    """Divide the training images by a hash of their names; each class by itself.

    In dense tasks, where an image has several classes or none, all images are one group.

    Args:
        open_split: opens a split.
        data: the data set.
        fraction: part of the images for validation, above 0 and below 1.

    Returns:
        The undivided training split, and its division.

    Raises:
        ValueError: the data set has validation images, or a single image.
    """
    whole = open_split(data, "train", None)
    if has_validation(open_split, data):
        raise ValueError(
            f"--val-fraction {fraction}: {data} has a split for validation; leave the flag out to "
            "use it, or remove the split"
        )
    first: dict[str, int] = {}  # of several samples of one file
    for index, name in enumerate(names_of(whole, data)):
        first.setdefault(name, index)
    names = list(first)
    groups = [tuple(whole.labels(i)) if whole.classes_required else () for i in first.values()]
    train, val = divide(names, groups, fraction)
    if not val:
        raise ValueError(
            f"--val-fraction {fraction}: one image cannot be divided, and {data} has {len(names)} "
            f"for training{', one per class' if len(names) > 1 else ''}; add images"
        )
    return whole, Division(tuple(names[i] for i in train), tuple(names[i] for i in val))


def has_validation(open_split: Open, data: str) -> bool:
    """Return whether a data set has a split for validation, even one that cannot be opened."""
    try:
        open_split(data, OWN_VALIDATION, None)
    except MissingSplitError:
        return False
    except (ValueError, OSError):
        return True
    return True


def part_of(whole: Split, data: str, division: Division, name: str) -> Subset:
    """Return the part of the training images for training or validation.

    Images that the division does not name are left out, with a note. Names without an image are
    strays.

    Args:
        whole: the undivided training split.
        data: the data set.
        division: the names of the parts.
        name: the part, ``"train"`` or ``"val"``.

    Raises:
        ValueError: the data set has no image of this part.
    """
    names = names_of(whole, data)
    wanted = dict.fromkeys(division.train if name == "train" else division.val)
    indices = [index for index, own in enumerate(names) if own in wanted]
    if not indices:
        raise ValueError(
            f"{data} has none of the images that {division.place} lists for split {name!r}, such "
            f"as {next(iter(wanted), '')!r}; give the data set of the run"
        )
    part = Subset(whole, indices)
    part.name = name
    part.notes = _notes(whole, division, name, names)
    gone = sorted(wanted.keys() - set(names))
    part.strays = tuple(
        Fault(str(_root(data) / file), f"in {division.place}, but not in the data set")
        for file in gone
    )
    if name == "train":
        part.strays, part.ignored = (*part.strays, *whole.strays), whole.ignored
    return part


def names_of(whole: Split, data: str) -> list[str]:
    """Return the samples' names relative to the data set's folder; systems differ in spelling."""
    root = same_name(str(_root(data))) + "/"
    sources = (same_name(whole.source(index)) for index in range(len(whole)))
    return [source.removeprefix(root) for source in sources]


def _notes(whole: Split, division: Division, name: str, names: Sequence[str]) -> tuple[str, ...]:
    added = sorted(set(names).difference(division.train, division.val))
    count = f"{len(division.val)} of {len(division.train) + len(division.val)} training images"
    listed = f", listed in {division.place}" if division.place else ""
    notes = [*(whole.notes if name == "train" else ())]
    notes.append(f"{count} are for validation, by a hash of their names{listed}")
    if added:
        notes.append(
            f"{len(added)} images are not in {division.place}: left out, {shown(added[:3])}"
        )
    return tuple(notes)


def _root(data: str) -> Path:
    """Return the folder of a data set; a file, such as ``data.yaml``, describes its folder."""
    return Path(data).parent if Path(data).is_file() else Path(data)
