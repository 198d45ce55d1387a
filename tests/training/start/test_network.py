"""Networks and pretrained weights of timm."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from ..conftest import Run


def test_weights_that_cannot_be_fetched(tiny_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*args: Any, **kwargs: Any) -> None:
        raise URLError("Name or service not known")

    monkeypatch.setattr("timm.models._builder.load_state_dict_from_url", offline)
    with pytest.raises(
        FileNotFoundError,
        match=r"--weights in1k: .*cyclemlp_b1\.in1k cannot be fetched .*Name or service.*check the",
    ):
        tiny_run(model="cyclemlp_b1", model_args=None, weights="in1k")


def test_any_timm_model_trains(tiny_run: Run, tmp_path: Path) -> None:
    result = tiny_run(
        model="test_vit", model_args={"img_size": 32}, epochs=1, grad_checkpointing=True,
        image_size=(32, 32), eval_size=32, channels_last=True, precision="bf16-mixed",
    )  # fmt: skip
    assert set(result.metrics) == {"top1", "top5", "loss"}
    with pytest.raises(ValueError, match="--grad-checkpointing: vgg11 does not support it"):
        tiny_run(model="vgg11", model_args={}, grad_checkpointing=True, output=str(tmp_path / "v"))
