"""Lightning's loggers, imported when asked for."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

from lightning.pytorch.loggers import Logger

from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings

_LIBRARIES = {"tensorboard": "tensorboard", "wandb": "wandb", "mlflow": "mlflow"}


def require_loggers(settings: Settings) -> None:
    """Check that the libraries of the chosen loggers are installed.

    Raises:
        ImportError: one is not; the message says how to install it.
    """
    for name in settings.logger:
        library = _LIBRARIES.get(name)
        if library is not None and find_spec(library) is None:
            raise ImportError(
                f"--logger {name} needs {library}, which is not installed: pip install {library}"
            )


def create_loggers(settings: Settings, folder: RunFolder) -> list[Logger]:
    """Return the loggers that receive the metrics of each epoch.

    A resumed run continues TensorBoard's and Weights & Biases' log; CSV and MLflow begin a new one.
    """
    return [_CREATE[name](settings, folder) for name in settings.logger]


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
        id=f"{folder.path.name}-{settings.digest}",
        resume="allow",
        config=settings.to_dict(),
    )


def _mlflow(settings: Settings, folder: RunFolder) -> Logger:
    from lightning.pytorch.loggers import MLFlowLogger

    place: dict[str, Any] = {}
    if "MLFLOW_TRACKING_URI" not in os.environ:
        place["tracking_uri"] = f"sqlite:///{(folder.path / 'mlflow.db').resolve()}"
    experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME", "cyclemlp")
    return MLFlowLogger(experiment, run_name=folder.path.name, **place)


_CREATE = {"tensorboard": _tensorboard, "csv": _csv, "wandb": _wandb, "mlflow": _mlflow}
