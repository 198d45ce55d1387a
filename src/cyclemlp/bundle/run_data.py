"""The data set that a training run used, which ``evaluate`` uses again: ``RUN/split.json``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclemlp.data.layouts.common.text_files import read_json
from cyclemlp.data.layouts.dividing import PARTS, Division, Open, has_validation, part_of
from cyclemlp.data.layouts.timm_names import is_timm_string
from cyclemlp.data.split import Split

RUN_DATA_NAME = "split.json"


@dataclass(frozen=True)
class RunData:
    """A run's data set.

    Attributes:
        data: the absolute path of its folder, or its timm string.
        division: the names of its training and validation images; None if it has a split for
            validation.
        elsewhere: whether `data` is another place than the run's.
    """

    data: str
    division: Division | None = None
    elsewhere: bool = False

    @classmethod
    def of(cls, data: str, division: Division | None) -> RunData:
        """Describe the data set that ``--data`` names."""
        return cls(_absolute(data), division)

    def at(self, data: str) -> RunData:
        """Return the same division of a data set that ``--data`` names."""
        return RunData(data, self.division, _absolute(data) != self.data)

    def to_dict(self) -> dict[str, Any]:
        """Return the content of the file."""
        if self.division is None:
            return {"data": self.data}
        parts = {name: list(getattr(self.division, name)) for name in PARTS}
        return {"data": self.data, **parts}

    @classmethod
    def read(cls, file: Path) -> RunData:
        """Read the file.

        Raises:
            ValueError: it is not the file of a run.
        """
        content = read_json(file)
        if not isinstance(content, dict) or not isinstance(content.get("data"), str):
            raise ValueError(f"{file}: not written by cyclemlp train: it has no 'data'")
        if not any(name in content for name in PARTS):
            return cls(content["data"], None)
        parts = [content.get(name) for name in PARTS]
        if not all(isinstance(part, list) for part in parts):
            raise ValueError(f"{file}: 'train' and 'val' are lists of the names of images")
        train, val = (tuple(map(str, part or ())) for part in parts)
        return cls(content["data"], Division(train, val, str(file)))

    def open(self, open_split: Open, split: str, classes: Sequence[str]) -> Split:
        """Open a split.

        A divided data set is opened as divided, even after images were added. A data set elsewhere
        is so too, unless it has a split for validation.

        Args:
            open_split: opens a split as the data set has it.
            split: the split's name.
            classes: the order of the labels.
        """
        if self.division is None or split not in PARTS:
            return open_split(self.data, split, classes)
        if self.elsewhere and has_validation(open_split, self.data):
            return open_split(self.data, split, classes)
        return part_of(open_split(self.data, "train", classes), self.data, self.division, split)


def data_of_run(bundle: Path) -> RunData | None:
    """Return the data set of the run that a bundle's folder is in; None for a bundle elsewhere.

    Args:
        bundle: the folder of the bundle's files.

    Raises:
        ValueError: the run's file cannot be read.
    """
    file = bundle.absolute().parent / RUN_DATA_NAME
    return RunData.read(file) if file.is_file() else None


def data_to_score(bundle: str, place: Path, data: str | None) -> RunData:
    """Return the data set to score a bundle on: the one given, or that of its training run.

    Args:
        bundle: as the user named it.
        place: the folder of the bundle's files.
        data: the user's choice, or None.

    Raises:
        FileNotFoundError: the run's data set does not exist.
        ValueError: no data set is given, and the bundle is not in a run's folder.
    """
    run = data_of_run(place)
    if data is not None:
        return run.at(data) if run else RunData(data)
    if run is None:
        raise ValueError(
            f"{bundle} is not in the folder of a training run that names its data set; give a data "
            "set with --data DIR"
        )
    if not is_timm_string(run.data) and not Path(run.data).exists():
        raise FileNotFoundError(
            f"{run.data}, the data set of the run {bundle}, does not exist; give its place with "
            "--data DIR"
        )
    return run


def _absolute(data: str) -> str:
    return data if is_timm_string(data) else str(Path(data).absolute())
