"""Printing a verb's result."""

from __future__ import annotations

import json
import sys
from typing import Any

from cyclemlp.cli.processes import is_first_process


def show(result: Any, as_json: bool) -> None:
    """Print a verb's result; of several processes only the first one prints.

    Args:
        result: has a method `to_dict`; rich prints it.
        as_json: print JSON instead of text.
    """
    if result is None or not is_first_process():
        return
    if as_json:
        print(json.dumps(result.to_dict(), indent=2))
        return
    from rich.console import Console

    # Piped output has no width, and a folded line would break tools such as cut and grep.
    width = None if sys.stdout.isatty() else 10_000
    Console(width=width, markup=False, highlight=False).print(result)
