"""FSDP2: weights, gradients and optimizer state are sharded over the processes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from lightning.pytorch.strategies import ModelParallelStrategy
from torch import nn
from typing_extensions import override

from cyclemlp.training.lightning.module import TrainingModule


def sharding_strategy(processes: int, timeout: timedelta) -> ModelParallelStrategy:
    """Return Lightning's strategy for `fully_shard`, data-parallel over all processes.

    A checkpoint is one file with the unsharded weights, so that its write is atomic.

    Args:
        processes: on all machines together.
        timeout: of the communication between them.
    """
    return ModelParallelStrategy(
        data_parallel_size=processes,
        tensor_parallel_size=1,
        save_distributed_checkpoint=False,
        timeout=timeout,
    )


class ShardedModule(TrainingModule):
    """A `TrainingModule` whose network is sharded by `fully_shard`.

    A separate class, because Lightning's weight averaging warns of any `configure_model`.
    """

    @override
    def configure_model(self) -> None:
        from torch.distributed.fsdp import fully_shard

        mesh = self.device_mesh["data_parallel"]  # type: ignore[index]
        for block in _blocks(self.network):
            fully_shard(block, mesh=mesh)
        fully_shard(self.network, mesh=mesh)


def whole_weights(network: nn.Module) -> dict[str, Any]:
    """Return a sharded network's full weights on the first process, nothing on the others."""
    from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

    return get_model_state_dict(
        network, options=StateDictOptions(full_state_dict=True, cpu_offload=True)
    )


def _blocks(network: nn.Module) -> list[nn.Module]:
    """Return the members of the network's lists and sequences, inner ones first.

    Each is gathered just before its forward pass and freed after it. All other parameters are
    gathered together.
    """
    blocks = [
        child
        for module in network.modules()
        if isinstance(module, nn.ModuleList | nn.Sequential)
        for child in module.children()
        if any(True for _ in child.parameters())
        and not isinstance(child, nn.ModuleList | nn.ModuleDict)
    ]
    return blocks[::-1]
