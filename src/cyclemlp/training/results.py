"""What a finished run leaves beside its bundle: metrics.json, pictures, the report page."""

from __future__ import annotations

import json
from typing import Any

import lightning

from cyclemlp.bundle_config import library_versions
from cyclemlp.data.splits import Split
from cyclemlp.reporting import illustrate
from cyclemlp.tasks.scores import json_ready
from cyclemlp.training.files import write_text
from cyclemlp.training.run import RunFolder


def write_results(folder: RunFolder, figures: dict[str, Any], held_out: Split) -> None:
    """Write everything that is made once, at the end.

    Args:
        folder: of the run; its bundle and metrics.csv are there.
        figures: what metrics.json says, JSON types only.
        held_out: the validation images that could be used.
    """
    versions = library_versions() | {"lightning": lightning.__version__}
    metrics = json.dumps(json_ready(figures | {"versions": versions}), indent=2)
    write_text(folder.path / "metrics.json", metrics + "\n")
    illustrate(folder.path, held_out)
