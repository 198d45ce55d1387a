"""Input sizes that a network does not support."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import Run


@pytest.mark.parametrize("name", ["image_size", "eval_size"])
def test_an_unsupported_size_is_reported_before_the_images_are_read(
    tiny_run: Run, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ValueError, match=r"does not take 16 × 16 images: .*at least 32x32"):
        tiny_run(model="cyclemlp_nano", **{name: 16})
    assert not (tmp_path / "run/data_report.json").exists()
