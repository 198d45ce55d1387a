"""Whether a run may begin or be resumed in a folder."""

from __future__ import annotations

import yaml

from cyclemlp.console.files import is_leftover, remove_leftovers, write_text
from cyclemlp.training.lightning.first_process import is_first_process
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings


def open_run(settings: Settings) -> RunFolder:
    """Prepare ``settings.run_dir`` for a new run, or check that the run in it can be resumed.

    The files of a start that was refused, e.g. for a bad image or a misspelt name, are overwritten.

    Raises:
        ValueError: the folder is not empty and `resume` is not set, or it holds another run.
    """
    run = RunFolder(settings.run_dir)
    if is_first_process():  # the other processes would see the files that the first one writes
        if _has_begun(run):
            _check(run, settings)
        run.checkpoints.mkdir(parents=True, exist_ok=True)
        remove_leftovers(run.path)
        remove_leftovers(run.checkpoints)
        write_text(run.config, settings.to_yaml())
    return run


def _has_begun(run: RunFolder) -> bool:
    """Return whether the folder holds more than a start writes before training begins."""
    early = {run.config, run.report, run.checkpoints}
    return any(path not in early and not is_leftover(path) for path in run.path.rglob("*"))


def _check(run: RunFolder, settings: Settings) -> None:
    if not settings.resume:
        raise ValueError(
            f"{run.path} is not empty, and a run does not overwrite files; resume the run in it "
            "with --resume, or choose another folder with --output"
        )
    if not run.config.is_file():
        raise ValueError(
            f"there is no run to resume in {run.path}: it has no {run.config.name}; "
            "give the run's folder with --output"
        )
    changes = settings.changes(yaml.safe_load(run.config.read_text(encoding="utf-8")))
    if changes:
        raise ValueError(
            f"--resume continues the run in {run.path} with its own settings, and these differ: "
            f"{'; '.join(changes)}. Use {run.resume_command}, or start a new run with another "
            "--output"
        )
