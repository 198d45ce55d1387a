"""NaN and infinite losses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from cyclemlp.training.lightning.finite_guard import NonFiniteError

from ..conftest import Run
from ..stepping import at_step


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_a_non_finite_loss_stops_the_run_before_the_update(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    with monkeypatch.context() as patch:
        at_step(patch, 7, lambda loss: loss * factor)
        with pytest.raises(NonFiniteError) as caught:
            tiny_run(save_every=1)
    message = str(caught.value)
    assert f"the loss is {factor:.4g}" in message
    assert "optimizer step 8 (epoch 2, batch 2: " in message
    assert message.count(".png") == 4
    assert "and 4 more" in message
    assert "Lower --lr, add --clip-grad 1" in message
    failed = tmp_path / "run/checkpoints/failed.ckpt"
    assert str(failed) in message
    before = torch.load(failed, weights_only=True)["current_model_state"]
    last = torch.load(tmp_path / "run/checkpoints/last.ckpt", weights_only=True)
    assert last["global_step"] == 7
    for name, value in last["current_model_state"].items():
        assert torch.equal(before[name], value)
    tiny_run(save_every=1, resume=True)
