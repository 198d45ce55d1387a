"""The verb ``serve``: trained networks as an HTTP service."""

from __future__ import annotations

from collections.abc import Sequence

from cyclemlp.bundle.model_names import named_bundles
from cyclemlp.console.ranges import at_least, check_port
from cyclemlp.extras import needed_by


def serve(
    runs: list[str],
    host: str = "127.0.0.1",
    port: int = 8000,
    page: bool = False,
    api_key_file: str | None = None,
    allow_host: Sequence[str] = (),
    device: str | None = None,
    max_batch: int = 8,
    max_wait: float = 5.0,
    max_queue: int = 256,
    max_uploads: int = 128,
    max_bytes: int = 16 * 2**20,
    max_pixels: int = 50_000_000,
    deadline: float = 30.0,
    upload_timeout: float = 30.0,
) -> None:
    """Serve trained networks over HTTP: POST /v1/predict, GET /v1/models, /docs and /metrics.

    Args:
        runs: bundles' or training runs' folders, exported folders, or Hugging Face Hub ids;
            NAME=FOLDER chooses the name that requests use. The first one is the default.
        host: interface to listen at; by default only this machine can connect. Give 0.0.0.0 for
            all, and then an API key.
        port: port to listen at; 0 for any free one.
        page: also serve the page of `cyclemlp app` at /.
        api_key_file: file with one API key per line; requests without one are refused.
        allow_host: more names by which requests may address the service, as a proxy does. By
            default a service of this machine takes localhost, and one of an interface any name.
        device: where to compute; by default the accelerator, or the CPU if there is none.
        max_batch: most pictures in one forward pass.
        max_wait: milliseconds that a picture waits for others to share its forward pass.
        max_queue: most pictures that wait for a model; beyond it requests get status 503.
        max_uploads: most requests that are received at the same time; beyond it they get 503.
        max_bytes: largest body of a request; larger ones get status 413.
        max_pixels: largest picture, by its header; larger ones get status 413.
        deadline: seconds from a complete request to its answer; later ones get status 504.
        upload_timeout: seconds in which a body has to arrive; slower ones get status 408.

    Raises:
        FileNotFoundError: there is no such bundle or file.
        ValueError: a setting cannot be used.
    """
    counts = {"max_batch": max_batch, "max_queue": max_queue, "max_uploads": max_uploads}
    at_least(1, **counts, max_bytes=max_bytes, max_pixels=max_pixels)
    check_port(port)
    at_least(0, max_wait=max_wait)
    at_least(1, deadline=deadline, upload_timeout=upload_timeout)
    places = named_bundles(runs)
    with needed_by("serve", "serve"):
        from cyclemlp.console.devices import best_device
        from cyclemlp.serving.bundles import load_bundle
        from cyclemlp.serving.connections.api_key import read_keys
        from cyclemlp.serving.limits import Limits
        from cyclemlp.serving.page.routes import add_page
        from cyclemlp.serving.running import run_service
    keys = () if api_key_file is None else read_keys(api_key_file)
    chosen = str(best_device(device))
    served = [load_bundle(name, place, chosen, max_batch) for name, place in places.items()]
    limits = Limits(
        max_bytes=max_bytes,
        max_pixels=max_pixels,
        max_wait=max_wait / 1000,
        deadline=deadline,
        upload_timeout=upload_timeout,
        **counts,
    )
    run_service(served, limits, host, port, keys, add_page if page else None, allow_host)
