"""The results of a comparison, as a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from cyclemlp.comparing.costs import Cost
from cyclemlp.comparing.row import Row
from cyclemlp.console.tables import table

_COST = ("parameters", "gmacs", "activations_m", "ms", "ms_low", "ms_high", "peak_mib")

_TITLES = {"corruption_error": "error, corrupted", "mce": "mCE", "relative_mce": "relative mCE"}


@dataclass(frozen=True)
class Comparison:
    """Models that were trained alike.

    Attributes:
        headline: the metric that ranks them; higher is better.
        settings: what all runs share: data, task, recipe and budget.
        machine: processor, library versions, date and command.
        rows: one for each model and seed.
        costs: model's name -> its cost.
        folder: where the files are.
        files: names of the written files.
    """

    headline: str
    settings: dict[str, Any]
    machine: dict[str, Any]
    rows: tuple[Row, ...]
    costs: dict[str, Cost]
    folder: Path
    files: tuple[str, ...] = ()

    @property
    def models(self) -> list[str]:
        """The models that were trained, in the user's order."""
        return list(dict.fromkeys(row.model for row in self.rows if row.refused is None))

    @property
    def sizes(self) -> list[str]:
        """The input sizes that some model took, from small to large."""
        sides = {
            name: found["side"]
            for row in self.rows
            for name, found in row.sizes.items()
            if "scores" in found
        }
        return sorted(sides, key=sides.__getitem__)

    def runs_of(self, model: str) -> list[Row]:
        """Return the rows of a model, one for each seed."""
        return [row for row in self.rows if row.model == model and row.refused is None]

    def scores(self, model: str, size: str | None = None) -> list[float]:
        """Return the headline of each seed, at a size or, by default, at the model's own."""
        runs = self.runs_of(model)
        found = [
            row.own.get(self.headline) if size is None else row.score(size, self.headline)
            for row in runs
        ]
        return [value for value in found if value is not None]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        content = asdict(replace(self, rows=()))
        rows = [row.to_dict() for row in self.rows]
        return content | {"rows": rows, "folder": str(self.folder)}

    def to_csv(self) -> str:
        """Return the text of comparison.csv: one line for each run and input size."""
        lines = [line for row in self.rows for line in self._lines(row)]
        text = io.StringIO()
        names = list(dict.fromkeys(name for line in lines for name in line))
        writer = csv.DictWriter(text, fieldnames=names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
        return text.getvalue()

    def _lines(self, row: Row) -> Iterator[dict[str, Any]]:
        cost = self.costs.get(row.model)
        base = {"model": row.model, "seed": row.seed}
        shared = {
            "epochs": row.epochs,
            "processor_minutes": row.processor_minutes,
            **({name: getattr(cost, name) for name in _COST} if cost else {}),
        }
        for size, found in (row.sizes or {"": {"refused": row.refused}}).items():
            scores = {k: v for k, v in found.get("scores", {}).items() if not isinstance(v, list)}
            own, refused = found.get("own", False), found.get("refused")
            errors = row.errors if own else {}
            yield {**base, "size": size, **scores, **errors, **shared, "refused": refused}

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the columns and the cells of the table that people read."""
        columns = ["model", "params M", "GMACs", "ms/image", "epochs", "processor min"]
        sizes, errors = self.sizes, list(_TITLES) if any(row.errors for row in self.rows) else []
        if not any(row.errors.get("mce") for row in self.rows):
            errors = errors[:1]
        rows = [
            [*self._costs(model), *self._found(model, sizes), *self._errors(model, errors)]
            for model in self.models
        ]
        named = [_TITLES[name] for name in errors]
        return [*columns, self.headline, *(f"at {size}" for size in sizes), *named], rows

    def _costs(self, model: str) -> list[str]:
        cost, runs = self.costs[model], self.runs_of(model)
        minutes = fmean(row.processor_minutes or 0 for row in runs)
        epochs = {str(row.epochs) for row in runs}
        figures = [f"{cost.parameters / 1e6:.2f}", f"{cost.gmacs:.3g}", f"{cost.ms:.2f}"]
        return [model, *figures, " ".join(sorted(epochs)), f"{minutes:.2f}"]

    def _found(self, model: str, sizes: Sequence[str]) -> list[str]:
        return [
            _spread(self.scores(model)),
            *(_spread(self.scores(model, size)) for size in sizes),
        ]

    def _errors(self, model: str, names: Sequence[str]) -> list[str]:
        runs = self.runs_of(model)
        values = [[row.errors.get(name) for row in runs] for name in names]
        return [_spread([one for one in each if one is not None]) for each in values]

    @property
    def refusals(self) -> list[str]:
        """A line for each model, and for each size of a model, that could not be compared."""
        whole = [f"{row.model}: {row.refused}" for row in self.rows if row.refused]
        sizes = [
            f"{row.model} at {found['side']}: {found['refused']}"
            for row in self.rows
            for found in row.sizes.values()
            if "refused" in found
        ]
        return list(dict.fromkeys([*whole, *sizes]))

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield table(*self.table())
        yield from map("  {}".format, self.refusals)
        yield ""
        yield f"report    {self.folder / 'report.html'}"
        yield f"files     {', '.join(self.files)} in {self.folder}"


def _spread(values: Sequence[float]) -> str:
    """Format the mean of several seeds, with half the distance of the extremes."""
    if not values:
        return "–"
    spread = (max(values) - min(values)) / 2
    return f"{fmean(values):.4f}" + (f" ± {spread:.4f}" if len(values) > 1 else "")
