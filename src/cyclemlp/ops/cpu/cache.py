"""The cache of compiled kernels: a private folder of files with a digest.

The name of a library contains the digest of its content. One rename publishes it, and a truncated
or changed file is never loaded: mapping it would kill the process by SIGBUS.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import torch

from cyclemlp.ops.cpu.unavailable import UnavailableError

_DAY = 24 * 3600.0
_KEEP_DAYS = 60  # since the last use, for libraries of older sources or other processors
_RETRY_DAYS = 1  # failures may be transient: a full disk, too little memory


def cache_folder() -> Path:
    """Return the folder for compiled kernels, beside the downloads of `torch.hub`.

    Raises:
        UnavailableError: it has no absolute path, or another user can write to it.
    """
    folder = Path(torch.hub.get_dir()).parent / "cyclemlp"
    if not folder.is_absolute():  # without HOME and a passwd entry, `~` is not expanded
        raise UnavailableError(
            f"the cache folder {folder} is not an absolute path: set TORCH_HOME to a folder that "
            "this user can write to"
        )
    try:
        private = not folder.exists() or _is_private(folder.stat())
    except OSError as error:  # a HOME of another user, as `docker --user` leaves it
        raise _unwritable(folder, error) from error
    if not private:
        raise UnavailableError(
            f"other users can write to the cache folder {folder}: set TORCH_HOME to a folder that "
            "only this user can write to"
        )
    return folder


def find_library(folder: Path, key: str) -> Path | None:
    """Return the complete library of this key, or None. Incomplete ones are deleted."""
    for file in sorted(folder.glob(f"{key}.*.so")):
        if _is_whole(file):
            _mark_used(file)
            return file
        with suppress(OSError):
            file.unlink()
    return None


def require_writable(folder: Path) -> None:
    """Create the folder.

    Raises:
        UnavailableError: it cannot be written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def add_library(folder: Path, key: str, content: bytes) -> Path:
    """Write a library atomically, and delete old unused ones. Several processes may do so at once.

    Raises:
        UnavailableError: the folder cannot be written to.
    """
    target = folder / f"{key}.{_digest(content)}.so"
    _write(target, content)
    _failure_file(folder, key).unlink(missing_ok=True)
    _remove_unused(folder)
    return target


def known_failure(folder: Path, key: str) -> str | None:
    """Return why compiling failed within the last day, or None."""
    file = _failure_file(folder, key)
    try:
        age = time.time() - file.stat().st_mtime
        reason = file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    if not reason or age > _RETRY_DAYS * _DAY:
        return None
    return f"{reason} (compiling is tried again a day later, or once {file} is deleted)"


def add_failure(folder: Path, key: str, reason: str) -> None:
    """Record why compiling failed, so that the next process does not try."""
    with suppress(UnavailableError):  # then the next process tries again
        _write(_failure_file(folder, key), reason.encode())


def _write(target: Path, content: bytes) -> None:
    """Write a file that is complete or absent, even after a power failure."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
            _sync(target.parent)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(target.parent, error) from error


def _unwritable(folder: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"the cache folder {folder} cannot be written to ({error.strerror}): set TORCH_HOME to a "
        "folder that this user can write to"
    )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_whole(file: Path) -> bool:
    """Return whether a file is private and regular, and its content has the digest in its name."""
    try:
        state = file.lstat()
        if not stat.S_ISREG(state.st_mode) or not _is_private(state):
            return False
        return file.name.split(".")[-2] == _digest(file.read_bytes())
    except OSError:
        return False


def _is_private(state: os.stat_result) -> bool:
    """Return whether only this user, or root, can write to a file or folder."""
    return state.st_uid in (os.getuid(), 0) and not state.st_mode & 0o022


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _failure_file(folder: Path, key: str) -> Path:
    return folder / f"{key}.failed"


def _mark_used(file: Path) -> None:
    with suppress(OSError):  # a read-only cache
        if time.time() - file.stat().st_mtime > _DAY:
            os.utime(file)


def _remove_unused(folder: Path) -> None:
    oldest = time.time() - _KEEP_DAYS * _DAY
    for file in folder.iterdir():
        with suppress(OSError):  # another process may delete it first
            if file.suffix in (".so", ".failed", ".part") and file.stat().st_mtime < oldest:
                file.unlink()
