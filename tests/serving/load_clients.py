"""Clients that load a service from one process, and the good and bad requests that they send."""

from __future__ import annotations

import asyncio
import io
import os
import random
import re
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

from cyclemlp.data.generated.drawing import draw_scene

_HEAD = (
    "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: {}\r\nContent-Length: {}\r\n{}\r\n"
)
_FORM = "multipart/form-data; boundary=edge"
_MEASURED_FROM = 500  # requests, after which memory must not grow


def jpegs(count: int, size: int) -> list[bytes]:
    """Draw the pictures that clients send."""
    files = []
    for number in range(count):
        file = io.BytesIO()
        Image.fromarray(draw_scene((size, size), (number,)).pixels).save(file, "JPEG", quality=90)
        files.append(file.getvalue())
    return files


def request(data: bytes, kind: str = _FORM, extra: str = "") -> bytes:
    start = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body = start + data + b"\r\n--edge--\r\n"
    return _HEAD.format(kind, len(body), extra).encode() + body


def bad_requests(good: bytes) -> dict[str, bytes]:
    """Return requests that have to be refused, by kind; the slow one is sent in two parts."""
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    return {
        "truncated": request(good[: len(good) // 2]),
        "bomb": request(bomb.getvalue()),
        "text": request(b"hello"),
        "type": request(good, kind="text/plain"),
        "headers": request(good, extra=f"X: {'x' * 1_000_000}\r\n"),
        "slow": request(good),
    }


class Line:
    """One client's connection, opened again when the service closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, message: bytes, slow: bool = False) -> int:
        """Send a request, and return the answer's status."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        half = len(message) // 2 if slow else len(message)
        writer.write(message[:half])
        if slow:
            await asyncio.sleep(0.5)
            writer.write(message[half:])
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = re.search(r"content-length: (\d+)", head)
        body = await (reader.readexactly(int(length[1])) if length else reader.read())
        assert body
        if "connection: close" in head:
            self.close()
        return int(head.split()[1])

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def resident(pid: int) -> float:
    """Return the memory of a process in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(
    port: int, pid: int, files: list[bytes], total: int, clients: int, bad: float
) -> dict[str, Any]:
    """Send `total` requests from `clients` clients at once."""
    left, random_ = iter(range(total)), random.Random(0)
    good, wrong = [request(file) for file in files], bad_requests(files[0])
    times: list[float] = []
    statuses: dict[str, Counter[int | str]] = {}
    memory: list[float] = []

    async def client() -> None:
        line = Line(port)
        for number in left:
            kind = random_.choice(list(wrong)) if random_.random() < bad else "good"
            message = wrong.get(kind, good[number % len(good)])
            begun = time.perf_counter()
            try:
                status: int | str = await line.ask(message, kind == "slow")
            except (OSError, asyncio.IncompleteReadError):
                status = "lost"
                line.close()
            statuses.setdefault(kind, Counter())[status] += 1
            if kind == "good":
                times.append(time.perf_counter() - begun)
            if number == min(_MEASURED_FROM, total // 2):
                memory.append(resident(pid))
        line.close()

    begun, used = time.perf_counter(), processor_seconds(pid)
    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.perf_counter() - begun
    memory.append(resident(pid))
    cuts = statistics.quantiles(times, n=100)
    return {
        "clients": clients,
        "bad": bad,
        "statuses": {kind: dict(counts) for kind, counts in statuses.items()},
        "p50_ms": round(1000 * cuts[49], 1),
        "p99_ms": round(1000 * cuts[98], 1),
        "pictures_per_s": round(len(times) / seconds, 1),
        "processor_ms": round(1000 * (processor_seconds(pid) - used) / total, 2),
        "memory_growth": round(memory[-1] / memory[0] - 1, 4),
    }
