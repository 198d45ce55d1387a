"""Whether a run may begin or be resumed in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from cyclemlp.console.files import is_leftover, remove_leftovers, write_text
from cyclemlp.training.lightning.first_process import is_first_process
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings


@contextmanager
def starting(settings: Settings) -> Iterator[RunFolder]:
    """Open a run's folder for the block that prepares the run; remove it if the block fails.

    A folder that existed before remains, empty, and a run that is resumed remains as it is.

    Args:
        settings: of the run.

    Raises:
        ValueError: see `open_run`.
    """
    run = RunFolder(settings.run_dir)
    resumed = _has_begun(run)
    new = [folder for folder in (run.path, *run.path.parents) if not folder.exists()]
    try:
        yield open_run(settings)
    except BaseException:
        if is_first_process() and not resumed:
            _remove(run, new)
        raise


def _remove(run: RunFolder, new: Sequence[Path]) -> None:
    with suppress(OSError):  # something else may have written into a folder
        for file in (run.config, run.data, run.report):
            file.unlink(missing_ok=True)
        for folder in (run.checkpoints, *new):
            folder.rmdir()


def open_run(settings: Settings) -> RunFolder:
    """Prepare ``settings.run_dir`` for a new run, or check that the run in it can be resumed.

    The files of a start that was refused, e.g. for a bad image or a misspelt name, are overwritten.

    Raises:
        ValueError: the folder is not empty and `resume` is not set, or it holds another run; or it
            is a file.
    """
    run = RunFolder(settings.run_dir)
    for place in (run.path, *run.path.parents):
        if place.exists() and not place.is_dir():
            raise ValueError(f"--output {run.path}: {place} is a file; give a folder")
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
    early = {run.config, run.data, run.report, run.checkpoints}
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
