"""The ``cyclemlp`` command: it reads a verb and its flags, and runs the verb's function.

Flags, types and help come from the function's signature and docstring. Every verb prints what its
function returns; ``--json`` prints it as JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches

from cyclemlp.cli.errors import exit_status
from cyclemlp.cli.log import log_to_stderr
from cyclemlp.cli.program import PROGRAM, program_version
from cyclemlp.cli.showing import show
from cyclemlp.cli.threads import let_idle_threads_sleep
from cyclemlp.cli.verbs import VERBS, Verb


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        argv: the arguments after the program's name; by default the process's.

    Returns:
        The exit status: 0 if the verb succeeded, 1 if what it checked has faults, 2 after a mistake
        that the user can correct, 130 after an interrupt.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if argv is None:  # else the process is the caller's
        let_idle_threads_sleep()
    with log_to_stderr():
        return exit_status(lambda: _run(arguments), arguments)


def _run(arguments: Sequence[str]) -> int:
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help"):
        print(_overview())
    elif name == "--version":
        print(f"{PROGRAM} {program_version()}")
    elif name in VERBS:
        return _run_verb(VERBS[name], arguments[1:])
    else:
        near = get_close_matches(name, VERBS, n=1)
        offer = f"did you mean {near[0]}?" if near else f"the verbs are: {', '.join(VERBS)}"
        raise ValueError(f"there is no verb {name!r}; {offer}")
    return 0


def _run_verb(verb: Verb, arguments: Sequence[str]) -> int:
    from cyclemlp.cli.parsing import parse  # the help of all verbs needs no parser library

    function = verb.load()
    options = parse(
        function,
        f"{PROGRAM} {verb.name}",
        verb.positionals,
        arguments,
        verb.defaults_for,
        verb.common,
    )
    if options is None:
        return 0
    as_json = options.pop("json")
    result = function(**options)
    show(result, as_json)
    return 0 if getattr(result, "ok", True) else 1


def _overview() -> str:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {name:<{width}}  {verb.summary()}" for name, verb in VERBS.items())
    return (
        f"usage: {PROGRAM} VERB …\n\n{verbs}\n\n"
        f"{PROGRAM} VERB --help lists a verb's flags; {PROGRAM} --version prints the version."
    )
