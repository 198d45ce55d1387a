"""The results of a finished run."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from cyclemlp.bundle.bundle import Bundle

from ..conftest import Run
from .disk import fill_the_disk


def test_a_bundle_of_another_epoch_is_an_error(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    elsewhere = str(tmp_path / "elsewhere")
    with monkeypatch.context() as patch:
        patch.setattr(Bundle, "save_pretrained", full)
        with pytest.raises(OSError, match=r"bundle of epoch \d.*there is none.*--output"):
            tiny_run()
        fill_the_disk(patch, after=0)
        with pytest.raises(OSError, match=r"bundle of epoch \d.*there is none.*--resume"):
            tiny_run(output=elsewhere)
    assert tiny_run(output=elsewhere, resume=True).bundle.is_dir()
