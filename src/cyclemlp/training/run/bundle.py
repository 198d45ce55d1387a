"""Writing the best epoch's network as the run's bundle."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.common.scores import json_ready
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.ema import Ema
from cyclemlp.training.lightning.first_process import is_first_process, print_message
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.run.history import History
from cyclemlp.training.settings.settings import Settings


@dataclass(frozen=True)
class BundleWriter:
    """Writes the network that was validated last.

    Args:
        settings: of the run.
        folder: of the run.
        task: of the network.
        network: as trained.
        ema: the average of the weights, which is validated instead of them; None without one.
        preprocessing: of the validation images.
        history: its best epoch is described in the bundle.
    """

    settings: Settings
    folder: RunFolder
    task: Task
    network: nn.Module
    ema: Ema | None
    preprocessing: Preprocessing
    history: History

    def write(self) -> None:
        """Write the bundle; report a failed write instead of raising. Call it on all processes."""
        network = self._validated_network()
        if not is_first_process():
            return
        try:
            self._bundle(network).save_pretrained(self.folder.bundle)
        except OSError as error:
            print_message(
                f"could not write the bundle {self.folder.bundle}: {error}. Training goes on."
            )

    def _validated_network(self) -> nn.Module:
        if self.ema is not None:
            return self.ema.network
        if self.settings.strategy != "fsdp2":
            return self.network
        return self._gathered_network()

    def _gathered_network(self) -> nn.Module:
        """Return a network with the sharded weights; on the first process only they are filled."""
        from cyclemlp.training.lightning.sharding import whole_weights

        weights = whole_weights(self.network)
        network = self.task.build(self.settings.model, **self.settings.network_args)
        if is_first_process():
            network.load_state_dict(weights)
        return network

    def _bundle(self, network: nn.Module) -> Bundle:
        training = {
            "data": self.settings.data,
            "epoch": self.history.best["epoch"],
            "metrics": json_ready(self.history.best_scores),
        }
        return Bundle.from_task(
            network,
            self.task,
            self.settings.model,
            self.preprocessing,
            self.settings.network_args,
            training,
            self.history.best_scores,
        )
