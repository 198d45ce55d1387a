"""The files of a finished run: metrics.json, pictures and the report page."""

from __future__ import annotations

from typing import Any

import lightning

from cyclemlp.bundle.config import BundleConfig
from cyclemlp.bundle.names import CONFIG_NAME
from cyclemlp.bundle.versions import library_versions
from cyclemlp.console.files import write_json
from cyclemlp.data.split import Split
from cyclemlp.reporting import illustrate
from cyclemlp.tasks.common.scores import json_ready
from cyclemlp.training.run.clock import Clock
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.run.history import History


def measured(history: History, clock: Clock) -> dict[str, Any]:
    """Return what a run measured: its best and last epoch, its duration and its speed."""
    return {
        "headline": history.headline,
        "best": history.best,
        "last": history.rows[-1],
        "seconds": round(clock.seconds, 1),
        "processor_seconds": round(clock.processor_seconds, 1),
        "images_per_second": round(clock.images_per_second, 3),
    }


def write_results(
    folder: RunFolder, figures: dict[str, Any], held_out: Split, device: str | None, batch_size: int
) -> None:
    """Write the files that are made once, at the end of a run.

    Args:
        folder: of the run, with its bundle and metrics.csv.
        figures: the content of metrics.json; JSON types only.
        held_out: the usable validation images.
        device: where to compute the detailed evaluation; None for the accelerator, if any.
        batch_size: images per forward pass of the evaluation.

    Raises:
        OSError: the bundle is not the best epoch's, because its write failed.
    """
    versions = library_versions() | {"lightning": lightning.__version__}
    write_json(folder.metrics_json, json_ready(figures | {"versions": versions}))
    _check_bundle(folder, figures["best"])
    illustrate(folder.path, held_out, device, batch_size)


def _check_bundle(folder: RunFolder, best: dict[str, float]) -> None:
    """Raise an OSError unless the bundle is the best epoch's."""
    config = folder.bundle / CONFIG_NAME
    held = BundleConfig.read(config).training["epoch"] if config.is_file() else None
    if held == best["epoch"]:
        return
    holds = "there is none" if held is None else f"it holds epoch {held}"
    again = folder.steps_done < best["step"]  # a resumed run passes the best epoch once more
    how = f"run {folder.resume_command}" if again else "start a new run with another --output"
    raise OSError(
        f"the bundle of epoch {best['epoch']}, the best one, could not be written to "
        f"{folder.bundle}: {holds}. Free some space on the disk, then {how}"
    )
