"""Reading weight files: faults are named, and no code in them runs."""

from __future__ import annotations

import pytest
import torch

from cyclemlp.models.weights.reading import read_state_dict


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no weight file at .*missing\.pth"):
        read_state_dict(tmp_path / "missing.pth")
    (tmp_path / "text.pth").write_text("hello")
    (tmp_path / "text.safetensors").write_text("hello")
    torch.save({"epoch": 3}, tmp_path / "empty.pth")
    for name in ("text.pth", "text.safetensors", "empty.pth"):
        with pytest.raises(ValueError, match=rf"{name} could not be read"):
            read_state_dict(tmp_path / name)


class _Evil:
    def __reduce__(self):
        return print, ("a pickle ran",)


def test_pickled_code_is_never_run(tmp_path, capsys):
    torch.save({"model": {"weight": torch.ones(1)}, "args": _Evil()}, tmp_path / "evil.pth")
    with pytest.raises(
        ValueError, match=r"evil\.pth could not be read \(it holds more than tensors"
    ):
        read_state_dict(tmp_path / "evil.pth")
    assert "a pickle ran" not in capsys.readouterr().out
