"""Load on a service in a process of its own: latency, throughput, memory, and lost requests.

    python -m tests.serving.load cyclemlp_nano cyclemlp_b1 --requests 10000 --bad 0.1 --output load

Throughput is compared with the in-process limit: the same files through the bundle's predictor in
one process, in batches, measured before and after each load, because the rate of a machine varies.
For a single client, the same is measured one file at a time. Clients and service share the
machine's cores, so the processor time of the service per request is given too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.loading import load
from cyclemlp.bundle.model_names import default_name
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks import create_task

from .load_clients import jpegs, measure

_COLUMNS = {
    "network": "network",
    "clients": "clients",
    "bad": "bad share",
    "lost": "good ones lost",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "pictures_per_s": "pictures/s",
    "limit": "of one process",
    "of_limit": "share",
    "processor_ms": "processor ms/request",
    "memory_growth": "memory growth",
}


def bundle_at(run: str, folder: Path) -> str:
    """Return a bundle's place; the name of a model stands for it with untrained weights."""
    if Path(run).exists() or not run.startswith("cyclemlp_"):
        return run
    task = create_task("classify", [f"class {i}" for i in range(1000)])
    bundle = Bundle.from_task(task.build(run).eval(), task, run, Preprocessing((224, 224)))
    bundle.save_pretrained(folder / run)
    return str(folder / run)


def in_process(run: str, files: list[bytes], batch: int, seconds: float) -> tuple[float, float]:
    """Return pictures per second, and processor milliseconds per picture, of a predictor."""
    predictor = load(run, batch_size=batch)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.jpg" for number in range(len(files))]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        predictor(paths[:batch])
        done, begun, used = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - begun < seconds:
            done += len(predictor(paths))
        passed = time.perf_counter() - begun
        return done / passed, 1000 * (time.process_time() - used) / done


@contextmanager
def service_of(run: str, batch: int) -> Iterator[tuple[int, int]]:
    """Run the command, and give its port and process id."""
    command = [sys.executable, "-m", "cyclemlp", "serve", run, "--port", "0"]
    command += ["--max-batch", str(batch), "--device", "cpu"]
    with tempfile.NamedTemporaryFile("w+") as log, subprocess.Popen(command, stderr=log) as running:
        try:
            while not (found := re.search(r"http://\S+:(\d+)", Path(log.name).read_text())):
                if running.poll() is not None:
                    raise SystemExit(Path(log.name).read_text())
                time.sleep(0.2)
            yield int(found[1]), running.pid
        finally:
            running.send_signal(signal.SIGTERM)


def rows_of(run: str, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure one network: in one process, then for each number of clients."""
    files, name = jpegs(32, options.size), default_name(run)

    def limit(batch: int) -> tuple[float, float]:
        return in_process(run, files, batch, options.seconds)

    alone, used = limit(1)
    yield {
        "network": f"{name}, in process by 1",
        "pictures_per_s": round(alone, 1),
        "processor_ms": round(used, 2),
    }
    mixes = [(clients, 0.0) for clients in options.clients]
    mixes += [(max(options.clients), options.bad)] if options.bad else []
    with service_of(run, options.max_batch) as (port, pid):
        before, _ = limit(options.max_batch)
        for clients, bad in mixes:
            asyncio.run(until_ready(port))
            row = asyncio.run(measure(port, pid, files, options.requests, clients, bad))
            after, _ = limit(options.max_batch)
            lost = sum(count for status, count in row["statuses"]["good"].items() if status != 200)
            yield {
                "network": name,
                "lost": lost,
                "limit": round((before + after) / 2, 1),
                "of_limit": round(2 * row["pictures_per_s"] / (before + after), 3),
            } | row
            before = after


async def until_ready(port: int) -> None:
    """Wait until the service accepts requests."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        if b" 200 " in answer[:20]:
            return
        await asyncio.sleep(0.2)


def table(rows: list[dict[str, Any]]) -> str:
    """Return rows as a table of Markdown."""
    lines = [list(_COLUMNS.values()), ["---"] * len(_COLUMNS)]
    lines += [[str(row.get(key, "")) for key in _COLUMNS] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Measure networks, print a line of JSON for each row, and write OUTPUT.json and OUTPUT.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="+", help="bundles, or names of models without weights")
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--bad", type=float, default=0.0, help="share in one more measurement")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=10, help="of each in-process measurement")
    parser.add_argument("--max-batch", type=int, default=8)
    parser.add_argument("--output", type=Path)
    options, rows = parser.parse_args(), []
    with tempfile.TemporaryDirectory() as folder:
        for run in options.runs:
            for row in rows_of(bundle_at(run, Path(folder)), options):
                print(json.dumps(row), flush=True)
                rows.append(row)
    where = f"{platform.machine()}, {options.requests} requests, {date.today()}"
    if options.output:
        options.output.with_suffix(".json").write_text(json.dumps(rows, indent=2) + "\n")
        options.output.with_suffix(".md").write_text(f"{where}\n\n{table(rows)}")


if __name__ == "__main__":
    main()
