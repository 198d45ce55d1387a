"""The command in a process of its own: SIGTERM under load."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from ..bundle.bundles import make_bundle
from .served import picture, wait_for


@pytest.fixture
def process(tmp_path):
    make_bundle().save_pretrained(tmp_path / "garden")
    words = ["serve", str(tmp_path / "garden"), "--port", "0", "--max-batch", "4"]
    command = [sys.executable, "-m", "cyclemlp", *words, "--device", "cpu"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as running:
        yield running
        running.kill()


@pytest.mark.slow  # a process imports torch
def test_a_terminated_service_loses_nothing_that_it_accepted(process):
    lines = iter(process.stderr)
    place = next(re.findall(r"http://\S+", line)[0] for line in lines if "serving" in line)
    log = []
    reading = threading.Thread(target=lambda: log.extend(lines), daemon=True)
    reading.start()
    wait_for(lambda: httpx.get(f"{place}/ready").status_code == 200, 60)
    assert httpx.get(f"{place}/v1/models").json()["models"][0]["name"] == "garden"
    statuses, refused, stop = [], [], threading.Event()

    def client():
        data = picture((64, 64))
        while not stop.is_set():
            try:
                answer = httpx.post(f"{place}/v1/predict", files={"file": data}, timeout=30)
                statuses.append(answer.status_code)
            except httpx.ConnectError as error:
                refused.append(error)
                return
            except httpx.TransportError as error:  # a connection that nobody had accepted
                refused.append(error)

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(client) for _ in range(8)]
        wait_for(lambda: len(statuses) > 16, 30)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        stop.set()
        [future.result() for future in futures]
    assert process.wait(20) == 0
    reading.join(10)
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) > 16
    assert refused, "the service still accepts"
    answered = [json.loads(line) for line in log if line.startswith("{")]
    finished = [one for one in answered if one["route"] == "/v1/predict" and one["status"] == 200]
    assert len(finished) == statuses.count(200), "an answer that was computed did not arrive"
    assert "everything that was accepted" in log[-1]
