"""Settings of the optimizer and the learning-rate schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cyclemlp.console.ranges import at_least
from cyclemlp.training.settings.requirements import require

_AT_LEAST_ZERO = ("weight_decay", "warmup_epochs", "warmup_lr", "min_lr", "cooldown_epochs")


@dataclass(frozen=True)
class Optim:
    """Optimizer and learning-rate schedule. The defaults are those of the released code (DeiT).

    Args:
        name: any of ``timm.optim.list_optimizers()``, e.g. ``adamw``, ``sgd``, ``lamb``.
        weight_decay: applied to everything but biases, norms and other one-dimensional parameters.
        momentum: for optimizers that use it.
        eps: added to the denominator; by default the optimizer's own.
        betas: of the Adam family; by default the optimizer's own.
        layer_decay: learning-rate factor from each layer to the one before it, e.g. 0.75 for
            fine-tuning; by default all layers have the same learning rate.
        schedule: shape of the learning rate after the warmup, stepped every optimizer step.
        power: exponent of the ``poly`` schedule, e.g. 0.9 for Semantic FPN.
        milestones: epochs after which ``multistep`` divides the learning rate by 10; may be
            fractions. Published detectors use 8 and 11 of 12.
        warmup_epochs: epochs of linear warmup, included in the run's epochs; may be a fraction. A
            run that is shorter takes a fifth of its epochs, and says so.
        warmup_lr: learning rate of the first step.
        min_lr: learning rate the schedule ends at.
        cooldown_epochs: number of epochs at `min_lr` at the end of the run.

    Raises:
        ValueError: a value is out of range, or `schedule` and `milestones` do not fit together.
    """

    name: str = "adamw"
    weight_decay: float = 0.05
    momentum: float = 0.9
    eps: float | None = None
    betas: tuple[float, float] | None = None
    layer_decay: float | None = None
    schedule: Literal["cosine", "poly", "tanh", "constant", "multistep"] = "cosine"
    power: float = 1.0
    milestones: tuple[float, ...] = ()
    warmup_epochs: float = 5.0
    warmup_lr: float = 1e-6
    min_lr: float = 1e-5
    cooldown_epochs: int = 0

    def __post_init__(self) -> None:
        at_least(0, **{f"optim.{name}": getattr(self, name) for name in _AT_LEAST_ZERO})
        decay = self.layer_decay
        require(
            decay is None or 0 < decay <= 1,
            f"--optim.layer-decay must be above 0 and at most 1, got {decay}",
        )
        object.__setattr__(self, "milestones", tuple(map(float, self.milestones)))
        require(
            (self.schedule == "multistep") == bool(self.milestones),
            "--optim.schedule multistep and --optim.milestones go together; got "
            f"{self.schedule} and {list(self.milestones)}",
        )
