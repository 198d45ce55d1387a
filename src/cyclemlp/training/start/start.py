"""Everything that is opened, built and checked before the first optimizer step."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from cyclemlp.data.images.channels import RGB
from cyclemlp.data.report.report import DataReport
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.first_process import is_first_process
from cyclemlp.training.lightning.optimizer import create_optimizer
from cyclemlp.training.lightning.precision import weights_dtype
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start.channels import normalized
from cyclemlp.training.start.data import check, in_chans, open_data
from cyclemlp.training.start.freezing import freeze
from cyclemlp.training.start.network import create_network
from cyclemlp.training.start.published import note_small
from cyclemlp.training.start.sizes import preprocessings
from cyclemlp.training.start.unkept import note_unkept


@dataclass(frozen=True)
class Start:
    """What a run starts from.

    Attributes:
        task: created for the classes of the data.
        splits: ``train`` and ``val``.
        network: with its first weights.
        train_preprocessing: of the training images.
        eval_preprocessing: of the validation images, and of the bundle.
        report: the data check's result on the first process; None on the others.
    """

    task: Task
    splits: dict[str, Split]
    network: nn.Module
    train_preprocessing: Preprocessing
    eval_preprocessing: Preprocessing
    report: DataReport | None


def prepare(settings: Settings, folder: RunFolder) -> Start:
    """Open the data, build the network, and check both.

    Raises:
        FileNotFoundError: the data or the weights do not exist.
        ValueError: the data, the network or the weights do not fit the settings.
    """
    task, splits = open_data(settings, folder)
    note_unkept(settings, task)
    note_small(settings, task, len(splits["train"]))
    # Lightning converts the network too, but only after the average was copied from it.
    network = create_network(task, settings, folder.last.is_file()).to(weights_dtype(settings))
    create_optimizer(network, settings.optim, lr=1.0)  # raises before the images are read
    channels = in_chans(settings)
    train, evaluation = preprocessings(network, task, settings, channels)
    freeze(network, task, settings)
    # Last, because reading every image may take long, and all other checks are quick.
    report = check(splits, settings, folder) if is_first_process() else None
    if channels != RGB:
        train, evaluation = normalized(settings, splits["train"], train, evaluation)
    return Start(task, splits, network, train, evaluation, report)
