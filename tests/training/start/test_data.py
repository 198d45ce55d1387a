"""The check of the images before training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..conftest import Run


def test_an_unusable_file_stops_the_run_or_is_skipped(
    images: Path, tiny_run: Run, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    for path in images.rglob("*.png"):
        copy = data / path.relative_to(images)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (data / "train/red/0.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"red/0\.png.*--on-bad-file skip"):
        tiny_run(data=str(data), output=str(tmp_path / "stopped"))
    result = tiny_run(data=str(data), on_bad_file="skip", epochs=1, batch_size=15)
    assert (result.run_dir / "metrics.csv").read_text().splitlines()[1].startswith("1,3,")
    report = json.loads((result.run_dir / "data_report.json").read_text())
    assert "red/0.png" in report["splits"]["train"]["unusable"][0]["file"]
