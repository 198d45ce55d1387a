"""What ``GET /metrics`` shows, in Prometheus' format."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_PICTURES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """Counters of one service, in a separate registry.

    Attributes:
        requests: by route, status and model.
        latency: seconds from headers to the end of the answer, by route.
        batch_size: pictures in a forward pass, by model.
        batch_seconds: of a forward pass, by model.
        queue: pictures that wait, by model.
        uploads: requests whose body arrives or is decoded.
    """

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self.requests = Counter(
            "cyclemlp_requests",
            "Requests that were answered",
            ("route", "status", "model"),
            registry=registry,
        )
        self.latency = Histogram(
            "cyclemlp_request_seconds",
            "Time of a request",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.batch_size = Histogram(
            "cyclemlp_batch_size",
            "Pictures in a forward pass",
            ("model",),
            buckets=_PICTURES,
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "cyclemlp_batch_seconds",
            "Time of a forward pass",
            ("model",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.queue = Gauge("cyclemlp_queue", "Pictures that wait", ("model",), registry=registry)
        self.uploads = Gauge("cyclemlp_uploads", "Requests being received", registry=registry)

    def batch(self, model: str) -> Callable[[int, float], None]:
        """Return the observer of a model's batches."""
        size, seconds = self.batch_size.labels(model), self.batch_seconds.labels(model)

        def observe(pictures: int, took: float) -> None:
            size.observe(pictures)
            seconds.observe(took)

        return observe

    def text(self) -> bytes:
        """Return all values in Prometheus' text format."""
        return generate_latest(self.registry)
