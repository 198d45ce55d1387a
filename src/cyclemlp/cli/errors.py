"""Exceptions as one line on standard error and an exit status."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence

from cyclemlp.cli.program import PROGRAM


def exit_status(run: Callable[[], int], arguments: Sequence[str]) -> int:
    """Run a command, and return its exit status.

    Exceptions that are not the user's mistake keep their traceback.

    Args:
        run: the command, which returns its exit status.
        arguments: its words, for the message after an interrupt.

    Returns:
        The command's status, 2 after a mistake that the user can correct, 130 after an interrupt.
    """
    try:
        return run()
    except KeyboardInterrupt as interrupt:
        again = f"to continue, run: {PROGRAM} {shlex.join(arguments)}"
        print(f"\ninterrupted; {interrupt.args[0] if interrupt.args else again}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of the output, e.g. `head`, has ended
        sys.stderr.close()
    except (ImportError, OSError, ValueError) as error:
        message = _message(error)
        if message is None:
            raise
        print(f"{PROGRAM}: {' '.join(message.split())}", file=sys.stderr)
        return 2
    return 0


def _message(error: ImportError | OSError | ValueError) -> str | None:
    """Return the message for the user, or None for a fault of the program."""
    if isinstance(error, ModuleNotFoundError):
        library = (error.name or "").partition(".")[0]
        extra = "serve" if "[serve]" in str(error) else "train"  # see `cyclemlp.extras`
        missing = f"this needs {library}, which is not installed: pip install '{PROGRAM}[{extra}]'"
        return None if library == PROGRAM else missing
    if isinstance(error, ImportError):  # Python names the module; messages for users do not
        return str(error) if error.name is None else None
    if isinstance(error, PermissionError) and error.filename:
        return f"{error.filename}: no permission to read or write it; change its permissions"
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)
