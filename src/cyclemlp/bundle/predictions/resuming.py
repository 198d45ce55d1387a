"""The settings of a call, which an interrupted one has to be continued with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cyclemlp.bundle.names import CONFIG_NAME
from cyclemlp.console.dotted import dotted
from cyclemlp.console.files import write_json
from cyclemlp.console.output import output_folder

SETTINGS = "settings.json"
_WEIGHTS = {".safetensors", ".onnx", ".xml", ".bin"}  # suffixes of files with weights


def network_digest(place: Path) -> str:
    """Return twelve hexadecimal digits that identify a network: its files' content.

    Args:
        place: the folder of a bundle or of an exported network, or a file in the latter.
    """
    folder = place if place.is_dir() else place.parent
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.name == CONFIG_NAME or path.suffix in _WEIGHTS:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]


def started(
    output: str | None,
    verb: str,
    result: str,
    overwrite: bool,
    resume: bool,
    settings: dict[str, Any],
) -> tuple[Path, bool]:
    """Return the folder to write into, and whether results of an interrupted call are in it.

    Otherwise the settings are recorded in it, and its `result` is empty.

    Args:
        output: the user's choice, see `output_folder`.
        verb: name of the verb.
        result: name of the file with the results.
        overwrite: allow that `result` is replaced.
        resume: continue if `output` has a `result`.
        settings: that decide the results; JSON types, by the names of the flags.

    Raises:
        FileNotFoundError, ValueError: the interrupted call had other settings, or unknown ones.
        FileExistsError, OSError: see `output_folder`.
    """
    if resume and output is not None and (Path(output) / result).is_file():
        _check_settings(Path(output), settings, result)
        return Path(output), True
    folder = output_folder(output, verb, result, overwrite)
    write_json(folder / SETTINGS, settings)
    (folder / result).write_text("")
    return folder, False


def _check_settings(folder: Path, settings: dict[str, Any], result: str) -> None:
    """Check that a call has the settings of the interrupted one in `folder`.

    Raises:
        FileNotFoundError: there are no recorded settings.
        ValueError: the settings differ; the message names each.
    """
    try:
        recorded = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        before = dotted(recorded)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"--resume: {folder} holds {result} but not {SETTINGS}, so its settings are unknown; "
            "give another --output, or --overwrite"
        ) from None
    except (ValueError, AttributeError):
        raise ValueError(
            f"{folder / SETTINGS}: damaged; give another --output, or --overwrite"
        ) from None
    after = dotted(json.loads(json.dumps(settings)))
    changes = [
        f"{name.replace('_', '-')} was {before.get(name)}, now {after.get(name)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    if changes:
        raise ValueError(
            f"--resume: {folder} was made with other settings ({'; '.join(changes)}); give the "
            "same, or another --output"
        )


@contextmanager
def advising_on_resume(folder: Path) -> Iterator[None]:
    """Say after an interrupt or a full disk how to continue."""
    again = f"repeat the command with --output {folder} --resume"
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"what is finished is in {folder}; to continue, {again}") from None
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.errno is None:
            raise  # an input that has gone since it was predicted; the message names it
        reason = error.strerror or str(error)
        raise OSError(
            f"{folder} cannot be written to ({reason}); what is finished is kept: free space, or "
            f"mend this, and {again}"
        ) from error
