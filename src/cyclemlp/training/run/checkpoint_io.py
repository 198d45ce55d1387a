"""Reading and writing of checkpoint files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import CheckpointIO
from typing_extensions import override

from cyclemlp.console.files import replacing


class AtomicCheckpointIO(CheckpointIO):
    """Writes a temporary file and renames it, so that a checkpoint is complete or absent.

    It reads tensors and plain values only, since other pickles can run code. Lightning's own writer
    leaves the data in the page cache, where a power cut destroys it.
    """

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write a checkpoint.

        Raises:
            OSError: the file cannot be written; an older checkpoint at `path` is unchanged.
        """
        try:
            with replacing(Path(path)) as temporary, temporary.open("wb") as file:
                torch.save(checkpoint, file)
        except RuntimeError as error:
            # torch reports a full disk as a RuntimeError about positions in its zip file.
            if isinstance(error.__context__, OSError):
                raise error.__context__ from error
            raise

    @override
    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read a checkpoint.

        Raises:
            ValueError: `weights_only` is False.
        """
        if weights_only is False:
            raise ValueError(f"{path} is read with weights_only=True, got weights_only=False")
        return torch.load(path, map_location=map_location or "cpu", weights_only=True)

    @override
    def remove_checkpoint(self, path: str | Path) -> None:
        Path(path).unlink(missing_ok=True)
