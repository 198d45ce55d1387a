"""The files of errors under corruptions: JSON, which an interrupted evaluation reads, and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cyclemlp.bundle.evaluation.robustness.errors import Cell, Errors
from cyclemlp.bundle.finding import find_bundle
from cyclemlp.console.files import write_json, write_text
from cyclemlp.data.corruptions.names import CORRUPTIONS
from cyclemlp.data.layouts.common.text_files import read_json

FILE = "corruptions.json"
_TOLERANCE = 1e-6  # of errors that are equal but for rounding


class Baseline(NamedTuple):
    """Where the errors of a baseline come from.

    Attributes:
        name: as the user gave it.
        place: the file of its errors, or the folder of its bundle.
    """

    name: str
    place: Path


class Store:
    """The errors in a folder.

    Args:
        folder: of `FILE` and ``corruptions.csv``.
        fresh: whether errors that are there are replaced.
    """

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        self._folder, self._fresh = folder, fresh
        self._kept: dict[Cell, float] = {}

    def opened(self, about: dict[str, Any], metric: str, clean: float) -> Errors:
        """Return the errors that are already there, or none.

        Args:
            about: what the errors depend on.
            metric: name of the error.
            clean: score of the clean images.

        Raises:
            ValueError: the folder has errors of another network, other images or another seed.
        """
        new, file = Errors(about, metric, 1 - clean), self._folder / FILE
        if self._fresh or not file.is_file():
            return new
        known = read_errors(file)
        if _decisive(known.about) != _decisive(about) or abs(known.clean - new.clean) > _TOLERANCE:
            raise ValueError(
                f"{file} has the errors of another evaluation ({known.about}); give another "
                "--output, or --overwrite to replace them"
            )
        self._kept = dict(known.cells)
        return known

    def write(self, errors: Errors, further: dict[str, Any] | None = None) -> None:
        """Write both files, with the errors that were there when the folder was opened.

        Args:
            errors: all that are known.
            further: more content of the JSON file.
        """
        rows = replace(errors, cells=self._kept | errors.cells).rows()
        head = {"about": errors.about, "metric": errors.metric, "clean_error": errors.clean}
        write_json(self._folder / FILE, head | (further or {}) | {"rows": rows})
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(self._folder / "corruptions.csv", text.getvalue())


def find_baseline(name: str) -> Baseline:
    """Find a baseline: the file of its errors, or the folder of its bundle.

    Args:
        name: as the user gave it.

    Raises:
        FileNotFoundError: there is neither.
    """
    file = Path(name) / FILE
    if file.is_file():
        return Baseline(name, file)
    try:
        return Baseline(name, find_bundle(name))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"--baseline {name}: {error}") from error


def _decisive(about: dict[str, Any]) -> dict[str, Any]:
    """Leave out the name of the bundle, which can be written in several ways."""
    return {key: value for key, value in about.items() if key != "bundle"}


def read_errors(file: Path) -> Errors:
    """Read the JSON file.

    Raises:
        ValueError: it was not written by `Store`.
    """
    content = read_json(file)
    try:
        cells = {
            (str(row["corruption"]), int(row["severity"])): float(row["error"])
            for row in content["rows"]
        }
        unknown = {name for name, _ in cells} - CORRUPTIONS.keys()
        if unknown:
            raise ValueError(f"unknown corruptions {', '.join(sorted(unknown))}")
        return Errors(
            dict(content["about"]), str(content["metric"]), float(content["clean_error"]), cells
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{file}: not written by cyclemlp evaluate --corruptions ({error!r}); remove it or "
            "give another folder"
        ) from error
