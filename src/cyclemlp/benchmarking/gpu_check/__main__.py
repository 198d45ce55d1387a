"""`python -m cyclemlp.benchmarking.gpu_check`: the check as a program."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from cyclemlp.benchmarking.gpu_check.course import RESULT, take
from cyclemlp.benchmarking.gpu_check.plan import Plan
from cyclemlp.benchmarking.gpu_check.steps import steps_of
from cyclemlp.benchmarking.gpu_check.tables import tables
from cyclemlp.benchmarking.machine import describe_machine
from cyclemlp.console.devices import usable_device
from cyclemlp.console.output import output_folder
from cyclemlp.data.layouts.common.text_files import read_json

_MODELS = ["cyclemlp_b1", "cyclemlp_b2", "cyclemlp_b3", "cyclemlp_b4", "cyclemlp_b5"]
_AGAINST = ["convnext_tiny", "swin_tiny_patch4_window7_224"]


def main(words: list[str] | None = None) -> int:
    """Check a GPU, and return 0 if every step that there was time for passed.

    Args:
        words: of the command line; by default those of this process.
    """
    given = _parser().parse_args(words)
    try:
        if given.tables:
            print(tables(read_json(given.tables)), end="")
            return 0
        plan = _plan(given)
        folder = output_folder(given.output, "gpu_check", RESULT, given.overwrite)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    settings = {name: str(value) for name, value in vars(plan).items()}
    settings |= {"minutes": given.minutes}
    content = take(steps_of(plan), describe_machine([plan.device]), settings, folder)
    print(f"written: {folder / RESULT}")
    return int(any(step["status"] == "failed" for step in content["steps"]))


def _plan(given: Namespace) -> Plan:
    return Plan(
        device=usable_device(given.device, "--device"),
        models=tuple(given.models),
        against=tuple(given.against),
        image_size=given.image_size,
        batch_size=given.batch_size,
        seconds=given.seconds,
        tests=given.tests,
    )


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m cyclemlp.benchmarking.gpu_check", description=__doc__)
    add = parser.add_argument
    add("--device", default="cuda", help="to check; a CPU is enough to try the command")
    add("--models", nargs="+", default=_MODELS, help="the first is measured in every way")
    add("--against", nargs="*", default=_AGAINST, help="timm's models, beside the first")
    add("--image-size", type=int, default=224, help="in pixels")
    add("--batch-size", type=int, default=64, help="images of a large batch")
    add("--seconds", type=float, default=3.0, help="least time of a comparison's measurement")
    add("--minutes", type=float, default=9.0, help="no step begins that would end later")
    add("--tests", type=Path, default=Path("tests"), help="folder of the tests")
    add("--output", help="folder to write into; by default a new one, runs/gpu_check")
    add("--overwrite", action="store_true", help="replace the results in --output")
    add("--tables", type=Path, metavar="FILE", help="only print the tables of an earlier run")
    return parser


if __name__ == "__main__":
    sys.exit(main())
