"""The members of an uncompressed tar file, read at random positions."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Member(NamedTuple):
    """The position of a member's content: `size` bytes from `offset` in the file `tar`."""

    tar: str
    name: str
    offset: int
    size: int

    def __str__(self) -> str:
        return f"{self.tar}/{self.name}"

    def read(self) -> bytes:
        """Read the member's content; the tar file is closed again."""
        with open(self.tar, "rb") as tar:
            tar.seek(self.offset)
            return tar.read(self.size)


def members_of(tar: Path) -> Iterator[Member]:
    """List the files in a tar file, reading only their headers.

    Raises:
        FileNotFoundError: the tar file does not exist.
        ValueError: it is compressed, damaged or truncated.
    """
    try:
        with tarfile.open(tar, "r:") as opened:
            for info in opened:
                if info.isfile():
                    yield Member(str(tar), info.name, info.offset_data, info.size)
            _check_end(tar, opened.offset)
    except FileNotFoundError:
        raise FileNotFoundError(f"{tar}: no such file") from None
    except tarfile.TarError as error:
        raise ValueError(f"{tar} is not a complete, uncompressed tar file: {error}") from error


def _check_end(tar: Path, offset: int) -> None:
    """Check for the empty blocks at the end; a file truncated between two members lacks them."""
    with open(tar, "rb") as file:
        file.seek(offset)
        if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("its end is missing; copy it again")
