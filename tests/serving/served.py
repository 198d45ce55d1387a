"""A service in a thread of this process, with a model whose pace a test decides."""

from __future__ import annotations

import io
import threading
import time
from contextlib import contextmanager

import httpx
import numpy as np
import torch
from PIL import Image

from cyclemlp.serving.application import create_app
from cyclemlp.serving.connections.addressed import allowed_hosts
from cyclemlp.serving.limits import Limits
from cyclemlp.serving.server import Server, bound_socket
from cyclemlp.serving.service import Service
from cyclemlp.tasks.classification.prediction import ClassificationPrediction


class ServedClient(httpx.Client):
    """A client, with the service and the server that it talks to."""

    service: Service
    server: Server


class Model:
    """A `Servable` and `Predicts`: the mean brightness is the probability of its first class."""

    def __init__(self, name="mean", images_at_once=32, parallel=False):
        self.name, self.task, self.images_at_once = name, "classify", images_at_once
        self.settings = frozenset({"top_k", "window", "scales", "flip"})
        self.classes, self.colors, self.parallel = ("light", "dark"), (), parallel
        self.batches, self.may_run = [], threading.Event()
        self.error: Exception | None = None
        self.may_run.set()

    def predictor(self, settings):
        if settings.get("top_k") == 13:
            raise ValueError("top_k must not be 13")
        return self

    def describe(self):
        return {"name": self.name, "task": self.task, "classes": list(self.classes)}

    def probe(self):
        return Image.new("RGB", (8, 8))

    def transform(self, image):
        return torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255

    def predict(self, inputs, sizes):
        self.may_run.wait(10)
        self.batches.append([tuple(one.shape) for one in inputs])
        if self.error and any(one.mean() < 0.01 for one in inputs):
            raise self.error
        light = [float(one.mean()) for one in inputs]
        return [ClassificationPrediction(self.classes, (one, 1 - one)) for one in light]


@contextmanager
def served(*models, empty=False, keys=(), extend=None, **limits):
    """Run a service, and give a client of it with its `Service` and `Server` as attributes.

    Without models it serves a `Model`, unless it is `empty`.
    """
    models = models or (() if empty else (Model(),))
    bounds = Limits(**{"max_wait": 0.05, **limits})
    service = Service(models, bounds)
    extended = extend and (lambda app: extend(app, service))
    app = create_app(service, keys, None, extended, allowed_hosts("127.0.0.1", ["shown.test"]))
    listening = bound_socket("127.0.0.1", 0)
    server = Server(app, bounds, lambda: setattr(service, "draining", True))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    place = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with ServedClient(base_url=place, timeout=20) as client:
        client.service, client.server = service, server
        wait_for(lambda: server.started and service.ready)
        yield client
        for model in models:
            getattr(model, "may_run", threading.Event()).set()
        server.should_exit = True
        thread.join(10)


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def picture(size=(8, 6), level=255, format="PNG", mode="RGB"):
    file = io.BytesIO()
    Image.new(mode, size, (level,) * 3 if mode == "RGB" else level).save(file, format)
    return file.getvalue()


def post(client, data=None, headers=None, **params):
    files = {"file": ("a.png", picture() if data is None else data)}
    return client.post("/v1/predict", files=files, params=params, headers=headers)
