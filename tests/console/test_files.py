"""Atomic writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cyclemlp.console.files import remove_leftovers, replacing


def test_an_interrupted_write_keeps_the_old_file(tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    path, leftover = tmp_path / "last.ckpt", tmp_path / ".part.last.ckpt"
    path.write_text("old")

    def write_and_die() -> None:
        with replacing(path) as temporary:
            assert temporary == leftover
            temporary.write_text("ne")
            raise Killed

    with pytest.raises(Killed):
        write_and_die()
    assert path.read_text() == "old"
    leftover.write_text("ne")  # as after SIGKILL
    remove_leftovers(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]
