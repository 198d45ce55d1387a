"""jsonargparse's messages in the words of this command line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cyclemlp.cli.dashes import with_dashes

_CHOICE = re.compile(r"Expected a Literal\[(.+?)\]\. Got value: (\S+)")
_REQUIRED = "the following arguments are required: "
_UNKNOWN = "unrecognized arguments: "
_IN_CONFIG = ("Problems parsing config", "Option ", "Unexpected config")


def reworded(message: str, positionals: Sequence[str], words: Sequence[str]) -> str:
    """Return the parser's message with the names that the user knows.

    Args:
        message: of the parser.
        positionals: names of arguments given without a flag.
        words: what the parser read.
    """
    config = next((word for word in words if word.startswith("--config=")), None)
    if config is not None and message.startswith(_IN_CONFIG):
        return f"{config.replace('=', ' ')}: {message}"
    if message.startswith(_REQUIRED):
        return _missing(message.removeprefix(_REQUIRED).split(", "), positionals)
    if message.startswith(_UNKNOWN):
        unknown = message.removeprefix(_UNKNOWN)
        return f"{unknown} is not the value of a flag; --help lists the arguments"
    message = re.sub(r'Parser key "([\w.]+)"', r"--\1", message)
    message = re.sub(_CHOICE, _choices, message)
    message = re.sub(r"<class '(\w+)'>", r"\1", message).replace("typing.", "")
    return with_dashes(message)


def _choices(found: re.Match[str]) -> str:
    return f"{found[2]} is none of {found[1].replace(chr(39), '')}"


def _missing(names: Sequence[str], positionals: Sequence[str]) -> str:
    flags = [name if name in positionals else f"--{name}" for name in names]
    return with_dashes(f"{', '.join(flags)} must be given; --help lists the arguments")
