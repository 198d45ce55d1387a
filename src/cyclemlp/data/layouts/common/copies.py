"""Copies of images that a tool writes beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cyclemlp.data.messages import shown


def copies_among(files: Iterable[str]) -> set[str]:
    """Return the NPY files that have the name of another file.

    ultralytics writes them beside the images (``cache=disk``), with the channels as BGR.

    Args:
        files: paths.
    """
    files = list(files)
    arrays = {file for file in files if file.lower().endswith(".npy")}
    if not arrays:
        return set()
    others = {file.rpartition(".")[0] for file in files if file not in arrays}
    return {file for file in arrays if file[: -len(".npy")] in others}


def note_on_copies(copies: Collection[str]) -> Iterable[str]:
    """Yield a note if there are copies."""
    if copies:
        yield (
            f"{len(copies)} NPY files beside images of the same name are left out, such as "
            f"{shown(sorted(copies)[:1])}: ultralytics caches images so; to use them, remove the "
            "images"
        )
