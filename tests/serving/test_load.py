"""Many clients at once: batches, full queues, deadlines, and clients that leave."""

import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import pytest
from starlette.responses import Response

from cyclemlp.tasks.classification.prediction import ClassificationPrediction

from .served import Model, picture, post, served, wait_for
from .test_faults import refused


def held(client, model, count):
    """Send one picture that holds the model up, then `count` more that wait for it."""
    model.may_run.clear()
    pool = ThreadPoolExecutor(count + 1)
    answers = [pool.submit(post, client)]
    queue = client.service.lanes[model.name].queue
    wait_for(lambda: model.waiting)
    answers += [pool.submit(post, client, picture((8, 6 + i % 2))) for i in range(count)]
    wait_for(lambda: len(queue) == count)
    return answers


class Held(Model):
    """A model that knows whether a batch is held up in it."""

    waiting = False

    def predict(self, inputs, sizes):
        self.waiting = True
        try:
            return super().predict(inputs, sizes)
        finally:
            self.waiting = False


def test_pictures_of_one_size_share_a_pass_and_none_is_lost():
    model = Held()
    with served(model, max_batch=4) as client:
        model.batches.clear()
        answers = held(client, model, 8)
        model.may_run.set()
        assert [answer.result().status_code for answer in answers] == [200] * 9
    sizes = [set(batch) for batch in model.batches]
    assert all(len(one) == 1 for one in sizes), "a batch has pictures of different sizes"
    assert [len(batch) for batch in model.batches] == [1, 4, 4]


def test_a_full_queue_refuses_and_says_when_to_come_back():
    model = Held()
    with served(model, max_queue=2) as client:
        answers = held(client, model, 2)
        answer = post(client)
        refused(answer, 503, "at most 2 pictures")
        assert int(answer.headers["retry-after"]) >= 1
        model.may_run.set()
        assert all(answer.result().status_code == 200 for answer in answers)


def test_too_many_uploads_are_refused():
    with served(max_uploads=1) as client:
        place = client.base_url.host, client.base_url.port
        with socket.create_connection(place) as slow:
            slow.sendall(
                b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
                b"Content-Type: application/json\r\n\r\n{"
            )
            wait_for(lambda: client.service._uploads == 1)
            refused(post(client), 503, "at most 1 requests")
        wait_for(lambda: client.service._uploads == 0)
        assert post(client).status_code == 200


def test_a_deadline_passes():
    model = Held()
    with served(model, deadline=0.1) as client:
        model.may_run.clear()
        refused(post(client), 504, "0.1 s")


def test_a_client_that_went_away_is_not_computed():
    model = Held()
    with served(model) as client:
        answers = held(client, model, 0)
        body = b'{"image": ""}'.replace(b'""', b'"' + b64encode(picture((3, 3))) + b'"')
        with socket.create_connection((client.base_url.host, client.base_url.port)) as line:
            line.sendall(
                b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
                b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )
            queue = client.service.lanes["mean"].queue
            wait_for(lambda: len(queue) == 1)
        wait_for(lambda: queue._jobs[0].future.cancelled())
        model.batches.clear()
        model.may_run.set()
        assert answers[0].result().status_code == 200
        assert post(client).status_code == 200
    assert (3, 3, 3) not in [shape for batch in model.batches for shape in batch]


def test_slow_senders_are_hung_up():
    with served(upload_timeout=0.2, header_timeout=0.2) as client:
        place = client.base_url.host, client.base_url.port
        with socket.create_connection(place) as silent, socket.create_connection(place) as slow:
            slow.sendall(
                b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n"
                b"Content-Type: application/json\r\n\r\n{"
            )
            silent.sendall(b"GET /hea")
            silent.settimeout(5)
            assert silent.recv(100) == b"", "a connection without a request stays open"
            slow.settimeout(5)
            assert slow.recv(100).startswith(b"HTTP/1.1 408")
        assert post(client).status_code == 200


def test_a_service_that_ends_refuses_and_finishes():
    model = Held()
    with served(model) as client:
        answers = held(client, model, 3)
        client.server.handle_exit(15, None)
        model.may_run.set()
        assert [answer.result().status_code for answer in answers] == [200] * 4


def test_answers_do_not_wait_for_acknowledgements(client):
    # Nagle's algorithm and delayed acknowledgements would add 40 ms to each answer.
    client.get("/health")
    (connection,) = client.server.server_state.connections
    accepted = connection.transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_client_that_stops_reading_is_hung_up():
    def extend(app, service):
        app.add_api_route("/much", lambda: Response(bytes(30_000_000)))

    with served(extend=extend, upload_timeout=0.2) as client:
        with socket.create_connection((client.base_url.host, client.base_url.port)) as line:
            line.sendall(b"GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connections = client.server.server_state.connections
            wait_for(lambda: connections)
            wait_for(lambda: not connections)
        assert len(client.get("/much").content) == 30_000_000


def test_pictures_that_wait_for_their_drawing_are_bounded():
    model, drawing = Model(), Event()

    def draw(self, image):
        drawing.wait(10)
        return image

    with served(model, max_queue_bytes=300) as client, pytest.MonkeyPatch.context() as patched:
        patched.setattr(ClassificationPrediction, "draw", draw)
        pool, wanted = ThreadPoolExecutor(1), {"Accept": "image/png"}
        first = pool.submit(post, client, headers=wanted)
        wait_for(lambda: client.service.drawing.taken)
        refused(post(client, picture((9, 9)), headers=wanted), 503, "wait for their drawing")
        drawing.set()
        assert first.result().status_code == 200
        wait_for(lambda: not client.service.drawing.taken)


def test_too_many_connections_are_refused(monkeypatch):
    monkeypatch.setattr("cyclemlp.serving.server._CONNECTIONS", 2)
    with served() as client, socket.create_connection((client.base_url.host, client.base_url.port)):
        assert client.get("/health").status_code == 200
        with httpx.Client(base_url=client.base_url) as third:
            answer = third.get("/health")
            refused(answer, 503, "at most 2 connections")
            assert answer.headers["retry-after"]
            assert answer.headers["connection"] == "close"
        assert client.get("/health").status_code == 200
