"""Which exported network a path means."""

from __future__ import annotations

from pathlib import Path

from cyclemlp.runtime.config import CONFIG_NAME, read_config


def located(path: Path) -> tuple[Path, str | None]:
    """Return the folder of exported files that a path means, and its format if it is a file.

    Raises:
        FileNotFoundError: there is nothing at `path`.
        ValueError: the file belongs to no exported network.
    """
    if path.is_dir():
        return path, None
    if not path.exists():
        raise FileNotFoundError(
            f"there is no exported network at {path}; `cyclemlp export` writes one"
        )
    if not (path.parent / CONFIG_NAME).is_file():
        raise ValueError(f"{path} has no {CONFIG_NAME} beside it; keep the exported files together")
    files = read_config(path.parent).files
    named = [name for name, file in files.items() if file.name == path.name]
    if not named:
        raise ValueError(
            f"{path} is not among the exported files of its folder: "
            f"{', '.join(file.name for file in files.values())}"
        )
    return path.parent, named[0]
