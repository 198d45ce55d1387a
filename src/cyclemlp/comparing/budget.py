"""A budget in processor minutes as a number of epochs, so that the schedule reaches its end."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from cyclemlp.comparing.plan import Planned
from cyclemlp.console.files import write_json
from cyclemlp.training.fit import fit
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.settings.settings import Settings

_FILE = "budget.json"


def within(run: Planned, minutes: float, folder: Path) -> Planned:
    """Return a run with as many epochs as the processor minutes permit.

    One epoch is trained to measure its processor time; the result is kept for the model's other
    seeds and for the next start.

    Args:
        run: its epochs are replaced.
        minutes: processor minutes, at least those of an epoch.
        folder: of the comparison.

    Raises:
        ValueError: an epoch takes longer.
    """
    file = folder / _FILE
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    name = run.candidate.name
    if name not in known:
        known[name] = _seconds_of_epoch(run.settings, folder)
        write_json(file, known)
    epochs = int(60 * minutes // known[name])
    if epochs < 1:
        raise ValueError(
            f"an epoch takes {known[name] / 60:.2g} processor minutes, more than --minutes "
            f"{minutes:g}"
        )
    print_message(f"{name}: {known[name]:.1f} processor seconds an epoch, {epochs} epochs")
    return replace(run, settings=replace(run.settings, epochs=epochs))


def _seconds_of_epoch(settings: Settings, folder: Path) -> float:
    no_warmup = replace(settings.optim, warmup_epochs=0, cooldown_epochs=0)
    with tempfile.TemporaryDirectory(prefix=".measuring-", dir=folder) as place:
        probe = replace(settings, epochs=1, optim=no_warmup, output=f"{place}/run", resume=False)
        run_dir, *_ = fit(probe)
        metrics = json.loads((run_dir / "metrics.json").read_text(encoding="utf-8"))
    return max(metrics["processor_seconds"], 0.1)
