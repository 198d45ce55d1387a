"""The settings of one training run, which config.yaml holds."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from cyclemlp.console.ranges import at_least
from cyclemlp.tasks import check_settings, get_recipe
from cyclemlp.tasks.recipe import Augmentation
from cyclemlp.training.settings.duration import seconds
from cyclemlp.training.settings.identity import changes, digest
from cyclemlp.training.settings.optim import Optim
from cyclemlp.training.settings.requirements import require

Size = int | tuple[int, int]

AUTO = "auto"
"""The value of a setting that is chosen at the start of a run."""

Logger = Literal["tensorboard", "csv", "wandb", "mlflow"]

_AT_LEAST_ONE = (
    "epochs",
    "val_every",
    "accumulate",
    "num_nodes",
    "devices",
    "save_every",
    "early_stop",
)


@dataclass(frozen=True)
class Settings:
    """The arguments of `cyclemlp.train`, which documents them; a test compares the two.

    Raises:
        ValueError: a value is out of range, or two settings exclude each other.
    """

    data: str
    model: str = "cyclemlp_nano"
    task: str = "classify"
    val_fraction: float | None = None
    output: str | None = None
    epochs: int = 100
    batch_size: int | Literal["auto"] = 64
    lr: float | None = None
    image_size: Size | None = None
    eval_size: Size | None = None
    crop_pct: float | None = None
    weights: str | None = "auto"
    freeze: int | Literal["stem", "backbone"] | None = None
    drop_path: float = 0.0
    ema: float | None = 0.9999
    model_args: dict[str, Any] | None = None
    task_args: dict[str, Any] | None = None
    optim: Optim = field(default_factory=Optim)
    augment: Augmentation | None = None
    accumulate: int = 1
    clip_grad: float | None = None
    early_stop: int | None = None
    max_time: str | None = None
    val_every: int = 1
    seed: int = 0
    workers: int | None = None
    on_bad_file: Literal["stop", "skip"] = "stop"
    save_every: int | None = None
    resume: bool = False
    logger: list[Logger] = field(default_factory=lambda: ["tensorboard"])
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
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
        at_least(1, **{name: getattr(self, name) for name in _AT_LEAST_ONE})
        at_least(0, workers=self.workers, seed=self.seed)
        if self.batch_size != AUTO:
            at_least(1, batch_size=self.batch_size)
        if isinstance(self.freeze, int):
            at_least(1, freeze=self.freeze)
        if self.weights == "none":
            object.__setattr__(self, "weights", None)
        check_settings(self.task, self.task_args or {})
        self._check_augment()
        self._check_ranges()
        self._check_combinations()

    def _check_augment(self) -> None:
        kind = get_recipe(self.task).augmentation
        if self.augment is None:
            object.__setattr__(self, "augment", kind())
        require(
            type(self.augment) is kind,
            f"--task {self.task} takes an augment of type {kind.__name__}, got "
            f"{type(self.augment).__name__}; give that, or leave it out for its defaults",
        )

    def _check_ranges(self) -> None:
        _ = self.max_seconds  # raises
        require(
            self.val_fraction is None or 0 < self.val_fraction < 1,
            f"--val-fraction must be between 0 and 1, such as 0.2, got {self.val_fraction}",
        )
        require(
            self.lr is None or self.lr > 0,
            f"--lr must be above 0, got {self.lr}; leave it out for the recipe's default",
        )
        require(
            0 <= self.drop_path < 1,
            f"--drop-path must be at least 0 and below 1, got {self.drop_path}",
        )
        require(
            self.crop_pct is None or 0 < self.crop_pct <= 1,
            f"--crop-pct must be above 0 and at most 1, got {self.crop_pct}",
        )
        require(
            self.clip_grad is None or self.clip_grad > 0,
            f"--clip-grad must be above 0, got {self.clip_grad}; leave it out for no clipping",
        )
        require(
            self.ema is None or 0 < self.ema < 1,
            f"--ema must be between 0 and 1, got {self.ema}; use null for no averaging",
        )

    def _check_combinations(self) -> None:
        require(
            self.strategy != "fsdp2" or self.ema is None,
            "--strategy fsdp2 cannot average sharded weights; add --ema null",
        )
        require(
            self.precision != "bf16-true" or get_recipe(self.task).half_weights,
            f"--precision bf16-true is too coarse for the boxes of --task {self.task}; "
            "use bf16-mixed",
        )
        cooldown = self.optim.cooldown_epochs
        require(
            cooldown < self.epochs,
            f"--epochs {self.epochs} leaves no epoch before {cooldown} cooldown epochs; raise "
            "--epochs or lower --optim.cooldown-epochs",
        )

    @property
    def run_dir(self) -> Path:
        """`output`, by default ``runs/<data>-<model>``."""
        if self.output is not None:
            return Path(self.output)
        model = self.model.replace(":", "-").replace("/", "-")
        return Path("runs") / f"{_data_name(Path(self.data))}-{model}"

    @property
    def batch(self) -> int:
        """`batch_size`, which is a number once ``auto`` has been resolved."""
        assert isinstance(self.batch_size, int)
        return self.batch_size

    @property
    def max_seconds(self) -> int | None:
        """`max_time` in seconds; None for no limit.

        Raises:
            ValueError: `max_time` is not a duration.
        """
        return None if self.max_time is None else seconds(self.max_time)

    @property
    def network_args(self) -> dict[str, Any]:
        """The arguments of the model's constructor: `drop_path` and `model_args`."""
        depth = {"drop_path_rate": self.drop_path} if self.drop_path else {}
        return depth | (self.model_args or {})

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that identify all settings that decide the result."""
        return digest(self.to_dict())

    def changes(self, before: dict[str, Any]) -> list[str]:
        """Return a line for each setting that gives another result than in `before`.

        Args:
            before: the content of a run's config.yaml; a setting that it lacks, because an older
                version wrote it, has its default.
        """
        defaults = Settings(self.data, task=self.task).to_dict()
        return changes(defaults | before, self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that YAML and JSON can hold."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    def to_yaml(self) -> str:
        """Return the text of config.yaml, which ``--config`` reads."""
        return yaml.safe_dump(self.to_dict() | {"resume": False}, sort_keys=False)


def _data_name(data: Path) -> str:
    """Return the name of a data set's folder, also for ``.`` and for a ``data.yaml`` in it."""
    return (data.parent if data.is_file() else data).resolve().name
