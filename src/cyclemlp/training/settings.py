"""One training run's settings: checked, written to config.yaml, compared on resume."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from cyclemlp.console.dotted import dotted
from cyclemlp.console.ranges import at_least
from cyclemlp.data.transforms.classify import Augmentation
from cyclemlp.data.transforms.dense import DetectionAugmentation, SegmentationAugmentation
from cyclemlp.tasks import get_task

Size = int | tuple[int, int]

# What may differ between the interrupted run and its continuation without changing a single weight.
_FREE_ON_RESUME = {"resume", "output", "workers", "save_every"}
_POSITIVE = (
    "epochs",
    "batch_size",
    "accumulate",
    "num_nodes",
    "devices",
    "save_every",
    "early_stop",
)


@dataclass(frozen=True)
class Optim:
    """Optimizer and learning-rate schedule. Defaults are the released code's, which are DeiT's.

    Args:
        name: any of ``timm.optim.list_optimizers()``, e.g. ``adamw``, ``sgd``, ``lamb``.
        weight_decay: applied to everything but biases, norms and other one-dimensional parameters.
        momentum: for optimizers that have one.
        eps: added to the denominator; by default the optimizer's own.
        betas: of the Adam family; by default the optimizer's own.
        layer_decay: learning-rate factor from each layer to the one before it, e.g. 0.75 for
            fine-tuning; by default all layers learn alike.
        schedule: shape of the learning rate after the warm-up, stepped every optimizer step.
        power: of the ``poly`` schedule, e.g. 0.9 for Semantic FPN's.
        milestones: epochs after which ``multistep`` divides the learning rate by 10; may be
            fractions. Published detectors have 8 and 11 of 12.
        warmup_epochs: epochs of linear warm-up, included in the run's epochs; may be a fraction.
        warmup_lr: learning rate of the first step.
        min_lr: learning rate the schedule ends at.
        cooldown_epochs: the run's last epochs, spent at `min_lr`.
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
        for name in ("weight_decay", "warmup_epochs", "warmup_lr", "min_lr", "cooldown_epochs"):
            if getattr(self, name) < 0:
                flag = name.replace("_", "-")
                raise ValueError(f"--optim.{flag} must be at least 0, got {getattr(self, name)}")
        if self.layer_decay is not None and not 0 < self.layer_decay <= 1:
            raise ValueError(
                f"--optim.layer-decay must be above 0 and at most 1, got {self.layer_decay}"
            )
        object.__setattr__(self, "milestones", tuple(map(float, self.milestones)))
        if (self.schedule == "multistep") != bool(self.milestones):
            raise ValueError(
                "--optim.schedule multistep and --optim.milestones go together; got "
                f"{self.schedule} and {list(self.milestones)}"
            )


@dataclass(frozen=True)
class Settings:
    """The arguments of `cyclemlp.train`, which documents them. A test keeps the two alike."""

    data: str
    model: str = "cyclemlp_nano"
    task: str = "classify"
    output: str | None = None
    epochs: int = 100
    batch_size: int = 64
    lr: float | None = None
    image_size: Size | None = None
    eval_size: Size | None = None
    crop_pct: float | None = None
    weights: str | None = None
    drop_path: float = 0.0
    ema: float | None = 0.9999
    model_args: dict[str, Any] | None = None
    task_args: dict[str, Any] | None = None
    optim: Optim = field(default_factory=Optim)
    augment: Augmentation | SegmentationAugmentation | DetectionAugmentation | None = None
    accumulate: int = 1
    clip_grad: float | None = None
    early_stop: int | None = None
    seed: int = 0
    workers: int | None = None
    on_bad_file: Literal["stop", "skip"] = "stop"
    save_every: int | None = None
    resume: bool = False
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: int | None = None
    num_nodes: int | None = None
    strategy: Literal["auto", "ddp", "fsdp2"] = "auto"
    precision: Literal["auto", "32-true", "64-true", "bf16-mixed", "16-mixed", "bf16-true"] = "auto"
    sync_batchnorm: bool = False
    grad_checkpointing: bool = False
    channels_last: bool = False
    compile: bool = False
    deterministic: bool = False

    def __post_init__(self) -> None:
        at_least(1, **{name: getattr(self, name) for name in _POSITIVE})
        at_least(0, workers=self.workers, seed=self.seed)
        kind = get_task(self.task).augmentation
        if self.augment is None:
            object.__setattr__(self, "augment", kind())
        if type(self.augment) is not kind:
            raise ValueError(
                f"--task {self.task} takes an augment of type {kind.__name__}, got "
                f"{type(self.augment).__name__}; give that, or leave it out for its defaults"
            )
        self._check_ranges()
        self._check_combinations()

    def _check_ranges(self) -> None:
        if self.lr is not None and self.lr <= 0:
            raise ValueError(
                f"--lr must be above 0, got {self.lr}; leave it out for the recipe's own"
            )
        if not 0 <= self.drop_path < 1:
            raise ValueError(f"--drop-path must be at least 0 and below 1, got {self.drop_path}")
        if self.crop_pct is not None and not 0 < self.crop_pct <= 1:
            raise ValueError(f"--crop-pct must be above 0 and at most 1, got {self.crop_pct}")
        if self.clip_grad is not None and self.clip_grad <= 0:
            raise ValueError(
                f"--clip-grad must be above 0, got {self.clip_grad}; leave it out for no clipping"
            )
        if self.ema is not None and not 0 < self.ema < 1:
            raise ValueError(
                f"--ema must lie between 0 and 1, got {self.ema}; use null for no averaging"
            )

    def _check_combinations(self) -> None:
        if self.strategy == "fsdp2" and self.ema is not None:
            raise ValueError("--strategy fsdp2 cannot average sharded weights; add --ema null")
        if self.precision == "bf16-true" and not get_task(self.task).half_weights:
            raise ValueError(
                f"--precision bf16-true is too coarse for the boxes of --task {self.task}; "
                "use bf16-mixed"
            )
        busy = self.optim.warmup_epochs + self.optim.cooldown_epochs
        if busy > self.epochs:
            raise ValueError(
                f"--epochs {self.epochs} leaves no room for {self.optim.warmup_epochs} warm-up and "
                f"{self.optim.cooldown_epochs} cooldown epochs; raise --epochs or lower "
                "--optim.warmup-epochs"
            )

    @property
    def run_dir(self) -> Path:
        """`output`, by default ``runs/<data>-<model>``."""
        if self.output is not None:
            return Path(self.output)
        return (
            Path("runs")
            / f"{Path(self.data).name}-{self.model.replace(':', '-').replace('/', '-')}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as YAML and JSON hold them."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    def to_yaml(self) -> str:
        """The text of config.yaml, to be passed back with ``--config``."""
        return yaml.safe_dump(self.to_dict() | {"resume": False}, sort_keys=False)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name everything that decides the result."""
        decisive = {
            name: float(value) if type(value) is int else value  # 1 and 1.0 are the same setting
            for name, value in dotted(self.to_dict()).items()
            if name not in _FREE_ON_RESUME
        }
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:12]

    def changes(self, before: dict[str, Any]) -> list[str]:
        """Name each setting whose value in `before`, a read config.yaml, would give another result.

        Returns:
            Lines such as ``"optim.lr: was 0.001, now 0.002"``; empty where the run can go on.
        """
        old, new = dotted(before), dotted(self.to_dict())
        names = sorted(
            name for name in old.keys() | new.keys() if name.split(".")[0] not in _FREE_ON_RESUME
        )
        return [
            f"{n}: was {old.get(n)}, now {new.get(n)}" for n in names if old.get(n) != new.get(n)
        ]
