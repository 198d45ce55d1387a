"""What a finished run leaves beside its bundle: metrics.json, pictures, the report page."""

from __future__ import annotations

import json
from typing import Any

import lightning

from cyclemlp.bundle.config import CONFIG_NAME, BundleConfig
from cyclemlp.bundle.versions import library_versions
from cyclemlp.data.split import Split
from cyclemlp.reporting import illustrate
from cyclemlp.tasks.common.scores import json_ready
from cyclemlp.training.run.files import write_text
from cyclemlp.training.run.folder import RunFolder


def write_results(
    folder: RunFolder, figures: dict[str, Any], held_out: Split, device: str | None, batch_size: int
) -> None:
    """Write everything that is made once, at the end.

    Args:
        folder: of the run; its bundle and metrics.csv are there.
        figures: what metrics.json says, JSON types only.
        held_out: the validation images that could be used.
        device: where to compute the detailed evaluation; by default the accelerator, if any.
        batch_size: images it takes at once.

    Raises:
        OSError: the bundle is not the best epoch's, because the disk was full when it was written.
    """
    versions = library_versions() | {"lightning": lightning.__version__}
    metrics = json.dumps(json_ready(figures | {"versions": versions}), indent=2)
    write_text(folder.path / "metrics.json", metrics + "\n")
    _insist_on_the_best(folder, figures["best"])
    illustrate(folder.path, held_out, device, batch_size)


def _insist_on_the_best(folder: RunFolder, best: dict[str, float]) -> None:
    """What is reported as the best epoch must be what the bundle holds."""
    config = folder.bundle / CONFIG_NAME
    held = BundleConfig.read(config).training["epoch"] if config.is_file() else None
    if held == best["epoch"]:
        return
    holds = "there is none" if held is None else f"it holds epoch {held}"
    again = folder.steps_done < best["step"]  # resuming passes the best epoch once more
    how = f"run {folder.resume_command}" if again else "train anew with another --output"
    raise OSError(
        f"the bundle of epoch {best['epoch']}, the best one, could not be written to "
        f"{folder.bundle}: {holds}. Free some space on the disk, then {how}"
    )
