"""The verb ``train``: from a folder of images to a bundle that predicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any, Literal

from cyclemlp.data.layouts.recognizing import found_task, require_data
from cyclemlp.extras import needed_by
from cyclemlp.tasks import get_recipe
from cyclemlp.tasks.recipe import Augmentation
from cyclemlp.training.settings.optim import Optim
from cyclemlp.training.settings.settings import Logger, Settings

_OPTIM = Optim()


@dataclass(frozen=True)
class TrainResult:
    """Result of a training run.

    Attributes:
        run_dir: the run's folder.
        bundle: the folder of the best epoch's bundle, inside the run's folder.
        metrics: the best epoch's metrics on the validation images, e.g. ``{"top1": 0.98, …}``.
    """

    run_dir: Path
    bundle: Path
    metrics: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        from cyclemlp.tasks.common.scores import json_ready

        return json.loads(json.dumps(json_ready(asdict(self)), default=str))

    def __rich__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        defined = {name: value for name, value in self.metrics.items() if not isnan(value)}
        figures = ", ".join(f"{name} {value:.4g}" for name, value in defined.items())
        return f"best: {figures}\nrun:    {self.run_dir}\nbundle: {self.bundle}"


def train(
    data: str,
    model: str = "cyclemlp_nano",
    task: str | None = None,
    val_fraction: float | None = None,
    output: str | None = None,
    epochs: int = 100,
    batch_size: int | Literal["auto"] = 64,
    lr: float | None = None,
    image_size: int | tuple[int, int] | None = None,
    eval_size: int | tuple[int, int] | None = None,
    crop_pct: float | None = None,
    weights: str | None = "auto",
    freeze: int | Literal["stem", "backbone"] | None = None,
    drop_path: float = 0.0,
    ema: float | None = 0.9999,
    model_args: dict[str, Any] | None = None,
    task_args: dict[str, Any] | None = None,
    optim: Optim = _OPTIM,
    augment: Augmentation | None = None,
    accumulate: int = 1,
    clip_grad: float | None = None,
    early_stop: int | None = None,
    max_time: str | None = None,
    val_every: int = 1,
    seed: int = 0,
    workers: int | None = None,
    on_bad_file: Literal["stop", "skip"] = "stop",
    save_every: int | None = None,
    resume: bool = False,
    logger: list[Logger] = ["tensorboard"],  # noqa: B006 - shown by --help, never changed
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto",
    devices: int | None = None,
    num_nodes: int | None = None,
    strategy: Literal["auto", "ddp", "fsdp2"] = "auto",
    precision: Literal[
        "auto", "32-true", "64-true", "bf16-mixed", "16-mixed", "bf16-true"
    ] = "auto",
    sync_batchnorm: bool = False,
    grad_checkpointing: bool = False,
    channels_last: bool = False,
    compile: bool = False,
    deterministic: bool = False,
) -> TrainResult:
    """Train a network on a data set and write the best epoch as a bundle.

    Args:
        data: a folder in the task's layout, for classification ``ROOT/{train,val}/<class>/*``, or a
            timm data set string such as ``hfds/…``.
        model: any timm model, including this library's.
        task: classify, segment, detect or instance; by default found from the layout of `data`.
        val_fraction: for a data set without validation images: fraction of the training images that
            validate instead, between 0 and 1, by a hash of their names; ``split.json`` in the
            run's folder lists them.
        output: the run's folder; by default ``runs/<data>-<model>``. It must be new or empty,
            unless `resume` is set.
        epochs: passes over the training images, including warmup and cooldown.
        batch_size: images per device and batch; an optimizer step uses batch_size × accumulate ×
            devices × num_nodes images. ``auto`` takes the largest power of two that fits one GPU,
            tried before training.
        lr: peak learning rate; by default the published recipe's, scaled linearly with the images
            per optimizer step: 5e-4 for 512 images in classification.
        image_size: training side, or height and width, in pixels; dense tasks keep an image's
            aspect ratio and take these as limits of its short and long side. By default the
            model's size, in dense tasks that of the published recipes.
        eval_size: the same for validation and the bundle; by default `image_size`.
        crop_pct: fraction of the resized image's side that the validation crop keeps, 0..1; by
            default the model's.
        weights: ``auto`` takes pretrained weights if there are any, ``none`` takes none; else a
            ``.pth`` or ``.safetensors`` file, a bundle or run folder, ``timm`` for the model's
            default weights, or the tag of other ones. ``auto`` takes the authors' or timm's
            weights of `model` if they are in the cache or can be downloaded, and starts from
            scratch if not; it says which.
        freeze: keep the ``stem``, the stem and the first N stages, or the whole ``backbone`` as
            they start, with the statistics of their batch norms.
        drop_path: stochastic depth rate of the last block, 0..1.
        ema: decay of the moving average of the weights, which is validated and bundled; it warms
            up, min(ema, (1 + n) / (10 + n)) at step n. ``null`` disables it.
        model_args: further arguments of the model's constructor.
        task_args: settings of the task, e.g. ``label_smoothing: 0.1``.
        optim: optimizer and learning-rate schedule.
        augment: augmentation of the training images; the task decides the settings and their
            defaults.
        accumulate: batches per optimizer step (gradient accumulation).
        clip_grad: maximum gradient norm; by default gradients are not clipped.
        early_stop: number of epochs without improvement after which training stops; by default it
            does not.
        max_time: time after which training stops, HH:MM:SS or DD:HH:MM:SS, over all sessions of the
            run; the last step is saved, and the run can be resumed with more time.
        val_every: epochs from one validation to the next; the last epoch is always validated.
        seed: seed of the initial weights, the order of the images and the augmentation.
        workers: loading processes per device; by default one per CPU core, at most 8.
        on_bad_file: what to do about images that cannot be used: stop before training, or skip.
        save_every: optimizer steps between checkpoints within an epoch; each epoch also ends with
            one.
        resume: continue the run in `output` from its last checkpoint.
        logger: where the metrics of each epoch go besides metrics.csv: tensorboard, csv, wandb or
            mlflow, in Lightning's format.
        accelerator: where to train; auto takes the GPUs if there are any. mps is Apple's GPU.
        devices: number of GPUs per machine, or of processes on the CPU; by default all GPUs, or one
            process.
        num_nodes: number of machines, each started by torchrun or the cluster; by default what they
            report, or 1.
        strategy: ddp copies the network to every device, fsdp2 shards it; auto takes ddp for
            several devices.
        precision: floating-point precision; auto is bf16-mixed on GPUs that support it, else
            32-true.
        sync_batchnorm: compute batch norm statistics over all devices.
        grad_checkpointing: recompute activations in the backward pass: less memory, more time.
        channels_last: use the memory format that is faster for convolutional networks on GPUs.
        compile: compile the network with torch.compile.
        deterministic: use only deterministic algorithms, for bit-equal results on GPUs; slower.

    Returns:
        The run's folder, its bundle and its best epoch's metrics.

    Raises:
        ValueError: a setting, the data or the weights cannot be used; the message says what to do.
        FileNotFoundError: the data or the weights do not exist.
        KeyboardInterrupt: the user stopped the run, which can be resumed.
    """
    given, note = locals(), ""
    require_data(data, task)
    if task is None:
        given["task"], note = found_task(data)
    settings = Settings(**given)
    with needed_by("train"):
        from cyclemlp.training.fit import fit
        from cyclemlp.training.lightning.first_process import print_message
    if note:
        print_message(note)
    run_dir, bundle, metrics = fit(settings)
    return TrainResult(run_dir, bundle, metrics)


def defaults_for(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults of the arguments of `train` that depend on the task.

    Without a task it is found from the data; if that fails, `train` says why.

    Args:
        given: the values of ``task`` and ``data``, those that the user gives.
    """
    task, data = given.get("task"), given.get("data")
    if task is None and data is not None:
        with suppress(ValueError, OSError):
            task, _ = found_task(data)
    recipe = get_recipe(task or "classify")
    return {"augment": recipe.augmentation(), "task_args": recipe.settings()}
