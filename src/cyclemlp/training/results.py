"""What a finished run leaves beside its bundle: metrics.json, pictures, the report page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import lightning

from cyclemlp.bundle import load
from cyclemlp.bundle_config import library_versions
from cyclemlp.data.layouts import Split
from cyclemlp.reporting.curves import curves
from cyclemlp.reporting.report import write_report
from cyclemlp.reporting.samples import Labelled, sample_grid
from cyclemlp.training.files import write_text
from cyclemlp.training.run import RunFolder

_SAMPLES = 18


def write_results(folder: RunFolder, figures: dict[str, Any], held_out: Split) -> None:
    """Write everything that is made once, at the end.

    Args:
        folder: of the run; its bundle and metrics.csv are there.
        figures: what metrics.json says, JSON types only.
        held_out: the validation images that could be used.
    """
    versions = library_versions() | {"lightning": lightning.__version__}
    metrics = json.dumps(figures | {"versions": versions}, indent=2)
    write_text(folder.path / "metrics.json", metrics + "\n")
    curves(folder.metrics_csv, folder.path / "curves.png")
    _draw_samples(folder, held_out)
    write_report(folder.path)


def _draw_samples(folder: RunFolder, held_out: Split) -> None:
    predictor = load(folder.bundle)
    count = min(_SAMPLES, len(held_out))
    samples = [held_out[i * len(held_out) // count] for i in range(count)]
    images = [sample.image for sample in samples]
    truths = [held_out.classes[sample.target] for sample in samples]
    predictions = cast("Sequence[Labelled]", predictor(images))
    sample_grid(images, predictions, truths, folder.path / "samples.png")
