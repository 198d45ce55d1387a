"""The verb ``app``: the page, for people who do not type commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.bundle.model_names import named_bundles
from cyclemlp.console.ranges import check_port
from cyclemlp.extras import needed_by


def app(
    runs: Sequence[str] = (),
    host: str = "127.0.0.1",
    port: int = 7860,
    api_key_file: str | None = None,
    allow_host: Sequence[str] = (),
    device: str | None = None,
) -> None:
    """Show a page in the browser that predicts pictures, looks inside networks and compares them.

    Pictures stay on this machine, and the page loads nothing from other hosts. `serve --page` has
    the same page, with all limits as flags.

    Args:
        runs: bundles' or training runs' folders, exported folders, or Hugging Face Hub ids;
            NAME=FOLDER chooses the name. By default the runs of `cyclemlp demo` in runs/demo*.
        host: interface to listen at; by default only this machine can connect.
        port: port to listen at; 0 for any free one.
        api_key_file: file with one API key per line; the browser asks for one as a password.
        allow_host: more names by which requests may address the service, as a proxy does. By
            default a service of this machine takes localhost, and one of an interface any name.
        device: where to compute; by default the accelerator, or the CPU if there is none.

    Raises:
        FileNotFoundError: there is no such bundle or file.
        ValueError: a setting cannot be used.
    """
    check_port(port)
    places = named_bundles(runs or demo_runs(Path("runs")))
    with needed_by("app", "serve"):
        from cyclemlp.console.devices import best_device
        from cyclemlp.serving.bundles import load_bundle
        from cyclemlp.serving.connections.api_key import read_keys
        from cyclemlp.serving.limits import Limits
        from cyclemlp.serving.page.routes import add_page
        from cyclemlp.serving.running import run_service
    keys = () if api_key_file is None else read_keys(api_key_file)
    limits, chosen = Limits(), str(best_device(device))
    served = [load_bundle(name, place, chosen, limits.max_batch) for name, place in places.items()]
    run_service(served, limits, host, port, keys, add_page, allow_host)


def demo_runs(folder: Path) -> list[str]:
    """Return the runs of the newest demo in `folder`; none if there is no demo."""
    demos = sorted(folder.glob("demo*"), key=lambda path: path.stat().st_mtime)
    found = [sorted(str(run.parent) for run in demo.glob("*/run/bundle")) for demo in demos]
    return next((runs for runs in reversed(found) if runs), [])
