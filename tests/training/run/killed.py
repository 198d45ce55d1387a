"""Run the command line, and kill the process before a chosen optimizer step.

Usage: python killed.py STEP ARGUMENTS…    with STEP -1 it is not killed.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from cyclemlp.cli.main import main
from cyclemlp.training.lightning.module import TrainingModule

_original = TrainingModule.training_step
_step = int(sys.argv[1])


def _training_step(self: TrainingModule, batch: Any, batch_idx: int) -> Any:
    if self.global_step == _step:
        os.kill(os.getpid(), signal.SIGKILL)
    return _original(self, batch, batch_idx)


TrainingModule.training_step = _training_step  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
