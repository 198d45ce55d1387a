"""The help of a verb: one page of common flags, or all of them."""

from __future__ import annotations

import re
from argparse import SUPPRESS, Action, HelpFormatter
from collections.abc import Sequence

from jsonargparse import ArgumentParser, DefaultHelpFormatter

from cyclemlp.cli.dashes import dashed, with_dashes

_TASK = "task_args."
_END_OF_CLAUSE = re.compile(r"; |\.\s+(?=[A-Z])|\.$")
_DEFAULT = re.compile(r"\b[Bb]y default ([^.;,:]+)")
_LONGEST_DEFAULT = 40  # characters


class HelpParser(ArgumentParser):
    """A parser whose help shows flags with dashes, and none that add to lists."""

    def format_help(self, formatter: HelpFormatter | None = None) -> str:
        """Return the help of all flags."""
        return with_dashes(re.sub(r", --[\w.]+\+ [\w\[\],.]+", "", super().format_help(formatter)))


class _OnePage(DefaultHelpFormatter):
    """A formatter that shows the first clause of each text and the default, and no types."""

    def _format_action_invocation(self, action: Action) -> str:
        shown = super()._format_action_invocation(action).partition(", ")[0]
        return re.sub(r" \{true,false.*\}", "", shown).replace(f"--{_TASK}", "--")

    def _get_help_string(self, action: Action) -> str:
        clause = _clause(action.help)
        default = _DEFAULT.search((action.help or "").replace("``", ""))
        if default is not None and default[0] not in clause:
            return f"{clause} (default: {default[1]})"
        if default is not None or action.required or action.default in (None, False, SUPPRESS):
            return clause
        if len(str(action.default)) > _LONGEST_DEFAULT:
            return clause
        return f"{clause} (default: %(default)s)"


def _clause(text: str | None) -> str:
    """Return the first clause of a text, on one line."""
    plain = " ".join((text or "").replace("``", "").split())
    return _END_OF_CLAUSE.split(plain, maxsplit=1)[0]


def print_help(parser: ArgumentParser, words: Sequence[str], common: Sequence[str]) -> bool:
    """Print the help that the words ask for, and return whether they ask for any.

    Args:
        parser: of the verb.
        words: what the parser reads.
        common: names of the flags that ``--help`` shows; by default all. ``--help-all`` shows all
            of them.
    """
    if "--help_all" in words or (not common and {"--help", "-h"} & {*words}):
        print(parser.format_help(), end="")
    elif {"--help", "-h"} & {*words}:
        print(_one_page(parser, common, words), end="")
    else:
        return False
    return True


def _one_page(parser: ArgumentParser, common: Sequence[str], words: Sequence[str]) -> str:
    """Return the help of the common flags; if the user names a task or bundle, of its settings."""
    flags = [action for action in parser._actions if action.option_strings]
    named = any(not word.startswith(("--help", "-h")) for word in words)
    for action in flags:
        if action.dest not in common and not (named and action.dest.startswith(_TASK)):
            action.help = SUPPRESS
    for group in parser._action_groups:
        group.title = _clause(group.title)
    required = [f"--{dashed(a.dest)} {a.dest.upper()}" for a in flags if a.required]
    names = [a.dest.upper() for a in parser._actions if not a.option_strings]
    parser.usage = " ".join([parser.prog, *names, *required, "[flags]"])
    parser.formatter_class = _OnePage
    parser.epilog = f"{parser.prog} --help-all describes all {len(flags)} flags and their types."
    return parser.format_help()
