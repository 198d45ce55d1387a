"""A disk that is almost full."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest
import torch


class FullDisk:
    """A file on a disk with room for a few more bytes."""

    def __init__(self, file: Any, room: int) -> None:
        self.file = file
        self.room = room

    def write(self, data: Any) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(data)


def fill_the_disk(monkeypatch: pytest.MonkeyPatch, after: int, room: int = 1_000) -> None:
    """Let every torch.save after the first `after` calls fail after `room` bytes."""
    real: Any = torch.save
    calls = 0

    def save(content: Any, file: Any) -> None:
        nonlocal calls
        calls += 1
        real(content, FullDisk(file, room) if calls > after else file)

    monkeypatch.setattr(torch, "save", save)
