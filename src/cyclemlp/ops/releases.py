"""What torch can do since which release."""

from __future__ import annotations

import torch

# torch.compile guards the values of context variables, evaluates whether a program is exported, and
# traces questions about autocast
TRACES_STATE = torch.__version__ >= "2.15"
