"""Lightning's loggers, imported when asked for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import Logger

from cyclemlp.data.messages import reason_of
from cyclemlp.training.lightning.first_process import is_first_process
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings

_LIBRARIES = {"tensorboard": "tensorboard", "wandb": "wandb", "mlflow": "mlflow"}
_REMEDIES = {
    "wandb": "log in with `wandb login`, or set WANDB_API_KEY; WANDB_MODE=offline needs no login",
    "mlflow": "check MLFLOW_TRACKING_URI; without it, the run's folder holds the log",
}
_FILES = {"wandb": "wandb", "mlflow": "mlflow.db"}
"""What a logger writes into the run's folder when it begins."""


def require_loggers(settings: Settings) -> None:
    """Check that the libraries of the chosen loggers are installed, and log in where needed.

    Raises:
        ImportError: one is not; the message says how to install it.
        ValueError: there is no login; the message says how to log in.
    """
    for name in settings.logger:
        library = _LIBRARIES.get(name)
        if library is not None and not _is_installed(library):
            raise ImportError(
                f"--logger {name} needs {library}, which is not installed: pip install {library}"
            )
    if "wandb" in settings.logger and is_first_process():
        with _told("wandb"):
            import_module("wandb").login()  # asks in a terminal


def create_loggers(settings: Settings, folder: RunFolder) -> list[Logger]:
    """Return the loggers that receive the metrics of each epoch; those of services have begun.

    A resumed run continues TensorBoard's and Weights & Biases' log; CSV and MLflow begin a new one.

    Raises:
        ValueError: a logger cannot begin; the message has its reason and what to do.
    """
    loggers = []
    for name in settings.logger:
        with _told(name, folder.path):
            loggers.append(_CREATE[name](settings, folder))
            if name in _REMEDIES:
                _ = loggers[-1].experiment  # connects
    return loggers


@contextmanager
def closing(settings: Settings) -> Iterator[None]:
    """End the log of Weights & Biases, which another run in this process would continue."""
    try:
        yield
    finally:
        if "wandb" in settings.logger:
            import_module("wandb").finish()


@contextmanager
def _told(name: str, folder: Path | None = None) -> Iterator[None]:
    """Raise any error as one that says what to do; remove what the logger wrote until then."""
    remedy = _REMEDIES.get(name)
    place = None if folder is None or remedy is None else folder / _FILES[name]
    is_new = place is not None and not place.exists()
    try:
        yield
    except Exception as error:  # of the logger's library, its server or the connection to it
        if place is not None and is_new:
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        if remedy is None:
            raise
        raise ValueError(f"--logger {name} cannot begin: {remedy} ({reason_of(error)})") from error


def _is_installed(library: str) -> bool:
    """Return whether a library can be imported; a folder of logs with its name is none."""
    spec = find_spec(library)
    return spec is not None and spec.origin is not None


def _tensorboard(settings: Settings, folder: RunFolder) -> Logger:
    from lightning.pytorch.loggers import TensorBoardLogger

    # TensorBoard hides the events after the checkpoint that a run resumes from.
    return TensorBoardLogger(folder.path, "tensorboard", version="", purge_step=folder.steps_done)


def _csv(settings: Settings, folder: RunFolder) -> Logger:
    from lightning.pytorch.loggers import CSVLogger

    return CSVLogger(folder.path, "csv")  # a new folder each time: it deletes what it finds


def _wandb(settings: Settings, folder: RunFolder) -> Logger:
    from lightning.pytorch.loggers import WandbLogger

    return WandbLogger(
        name=folder.path.name,
        save_dir=folder.path,
        project=os.environ.get("WANDB_PROJECT", "cyclemlp"),
        id=_wandb_id(folder),
        resume="allow",
        config=settings.to_dict(),
    )


def _wandb_id(folder: RunFolder) -> str | None:
    """Return the id of a resumed run, with which its folder's name ends; None for a new one."""
    begun = sorted((folder.path / "wandb").glob("*run-*-*"), key=lambda file: file.stat().st_mtime)
    return begun[-1].name.rpartition("-")[2] if begun and folder.last.is_file() else None


def _mlflow(settings: Settings, folder: RunFolder) -> Logger:
    from lightning.pytorch.loggers import MLFlowLogger

    place: dict[str, Any] = {}
    if "MLFLOW_TRACKING_URI" not in os.environ:
        place["tracking_uri"] = f"sqlite:///{(folder.path / 'mlflow.db').resolve()}"
    experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME", "cyclemlp")
    logger = MLFlowLogger(experiment, run_name=folder.path.name, **place)
    logger.log_hyperparams(settings.to_dict())
    return logger


_CREATE = {"tensorboard": _tensorboard, "csv": _csv, "wandb": _wandb, "mlflow": _mlflow}
