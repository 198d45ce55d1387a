"""Where and how a verb writes its results."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path


def check_output(
    output: str | Path | None, result: str, overwrite: bool, resume: bool = False
) -> None:
    """Check the user's choice of a folder, before anything is loaded; nothing is created.

    Args:
        output: the choice; None always passes.
        result: name of the file with the results.
        overwrite: allow that `result` is replaced.
        resume: an interrupted call continues in `output`.

    Raises:
        FileExistsError: `output` already has a `result`.
        OSError: a file stands where a folder is needed.
        ValueError: `resume` without `output`, or with `overwrite`.
    """
    if resume:
        _check_resume(output, overwrite)
        return
    if output is None:
        return
    folder = Path(output)
    if (folder / result).exists() and not overwrite:
        raise FileExistsError(
            f"{folder / result} exists; give another --output, or --overwrite to replace it"
        )
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise OSError(f"--output {folder}: {place} is a file; give a folder")


def _check_resume(output: str | Path | None, overwrite: bool) -> None:
    if output is None or overwrite:
        raise ValueError(
            "--resume continues in a folder and replaces nothing: give it with --output, without "
            "--overwrite"
        )


def output_folder(output: str | Path | None, verb: str, result: str, overwrite: bool) -> Path:
    """Create the folder that a verb writes into.

    Args:
        output: the user's choice; None takes the first free of ``runs/VERB``, ``runs/VERB-2``, ….
        verb: name of the verb.
        result: name of the file with the results.
        overwrite: allow that `result` is replaced.

    Raises:
        FileExistsError: `output` already has a `result`.
        OSError: the folder cannot be created or written to.
    """
    folder = _first_free(Path("runs") / verb) if output is None else Path(output)
    check_output(folder, result, overwrite)
    _create(folder)
    return folder


@contextmanager
def removed_if_empty(folder: Path) -> Iterator[None]:
    """Remove a folder, if the block fails or is interrupted before anything is in it."""
    try:
        yield
    except BaseException:
        with suppress(OSError):  # something is in it
            folder.rmdir()
        raise


def _create(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        reason = None if os.access(folder, os.W_OK) else "it is not writable"
    except OSError as error:
        reason = error.strerror or str(error)
    if reason is not None:
        raise OSError(f"--output {folder} cannot be written to ({reason}); give another folder")


def _first_free(folder: Path) -> Path:
    candidates = (folder.with_name(f"{folder.name}-{n}") for n in count(2))
    return folder if not folder.exists() else next(c for c in candidates if not c.exists())
