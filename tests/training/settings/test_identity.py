"""Which settings decide a run's result."""

from __future__ import annotations

from cyclemlp.training.settings.optim import Optim
from cyclemlp.training.settings.settings import Settings


def test_the_digest_depends_on_decisive_settings_only() -> None:
    base = Settings("data", output="a", workers=0)
    assert base.digest == Settings("data", output="b", workers=4, resume=True).digest
    assert base.digest == Settings("data", optim=Optim(warmup_epochs=5)).digest
    assert base.digest != Settings("data", seed=1).digest
    assert base.digest != Settings("data", optim=Optim(min_lr=0.0)).digest
