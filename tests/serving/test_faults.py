"""Each way to be refused: its status, and a message with rule, received and remedy."""

import io
import socket
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from .served import Model, picture, post, served


def png_of(width, height):
    """A PNG of a few bytes that declares any size."""
    whole = picture()
    header = whole[12:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + whole[24:29]
    return whole[:12] + header + zlib.crc32(header).to_bytes(4, "big") + whole[33:]


def eps():
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "EPS")
    return file.getvalue()


def separate_tiff():
    file = io.BytesIO()
    tifffile.imwrite(
        file, np.zeros((3, 6, 8), np.uint16), photometric="rgb", planarconfig="separate"
    )
    return file.getvalue()


def refused(answer, status, *words):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["status"] == status
    assert all(error[part] for part in ("rule", "received", "remedy"))
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize(
    ("data", "status", "word"),
    [
        (b"", 422, "empty"),
        (b"hello", 422, "not an image"),
        (picture((90, 90))[:90], 422, "truncated"),
        (png_of(60_000, 60_000), 413, "3600000000 pixels, but the limit is 10000"),
        (png_of(101, 100), 413, "10100 pixels"),
        (eps(), 422, "not an image of a known format"),
        (separate_tiff(), 422, "separate channels"),
        (picture(format="JPEG") + b"\xff\xda" * 501, 422, "502 scans"),
        (b"P3 1 1 255\n1 2 3", 422, "numbers in text"),
        (b"x" * 30_000, 413, "20000 bytes"),
    ],
    ids=[
        "empty",
        "text",
        "truncated",
        "bomb",
        "pixels",
        "format",
        "bands",
        "scans",
        "plain",
        "bytes",
    ],
)
def test_a_bad_picture_is_refused(client, data, status, word):
    refused(post(client, data), status, word)


@pytest.mark.parametrize(
    ("params", "status", "word"),
    [
        ({"model": "nobody"}, 404, "mean, other"),
        ({"top_k": "0"}, 422, "1..1000"),
        ({"top_k": "x"}, 422, "1..1000"),
        ({"top_k": "13"}, 422, "must not be 13"),
        ({"scales": "1,2,1,2,1"}, 422, "1 to 4 numbers"),
        ({"scales": "nan"}, 422, "0.25..2"),
        ({"flip": "maybe"}, 422, "true or false"),
        ({"top_k": ["1", "2"]}, 422, "once"),
        ({"decoder": "fpn"}, 422, "use: model, picture, top_k"),
        ({"picture": "mask"}, 422, "segmentation"),
        ({"picture": "/etc/passwd"}, 422, "drawing or mask"),
    ],
)
def test_a_bad_parameter_is_refused(client, params, status, word):
    refused(post(client, **params), status, word)


@pytest.mark.parametrize(
    ("body", "kind", "status", "word"),
    [
        (b"{", "application/json", 400, "not JSON"),
        (b"[" * 19_000, "application/json", 422, "more than that"),
        (b"[" * 32, "application/json", 400, "not JSON"),
        (b"[]", "application/json", 422, "list"),
        (b'{"image": "..."}', "application/json", 422, "not base64"),
        (b'{"image": 3}', "application/json", 422, "another type"),
        (b'{"url": "http://localhost/a.png"}', "application/json", 422, "url"),
        (b'{"image": "/etc/passwd"}', "application/json", 422, "image"),
        (b'{"image": "", "image": ""}', "application/json", 422, "repeated"),
        (picture(), "image/png", 415, "multipart"),
        (b"--x", "multipart/form-data; boundary=y", 400, "one file"),
        (b"--x", "multipart/form-data", 400, "one file"),
        (b"", "", 415, "no Content-Type"),
    ],
)
def test_a_bad_body_is_refused(client, body, kind, status, word):
    headers = {"Content-Type": kind} if kind else {}
    refused(client.post("/v1/predict", content=body, headers=headers), status, word)


def test_other_fields_of_a_form_are_refused(client):
    two = {"file": ("a.png", picture()), "more": ("b.png", picture())}
    refused(client.post("/v1/predict", files=two), 400, "Too many files")
    refused(client.post("/v1/predict", files={"image": ("a", picture())}), 422, "image")


def test_other_routes_methods_and_media_types_are_refused(client):
    refused(client.get("/v2"), 404, "/v1/predict")
    refused(client.get("/v1/predict"), 405)
    refused(post(client, headers={"Accept": "text/html"}), 406, "image/png")


def test_a_body_without_length_is_cut_off(client):
    def endless():
        while True:
            yield b"x" * 4096

    answer = client.post(
        "/v1/predict", content=endless(), headers={"Content-Type": "application/json"}
    )
    refused(answer, 413, "20000 bytes")


def test_huge_headers_are_refused(client):
    with socket.create_connection((client.base_url.host, client.base_url.port)) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000)
        assert line.recv(100).startswith(b"HTTP/1.1 400")


def test_a_model_that_fails_is_an_error_of_that_request_alone():
    model = Model()
    with served(model) as client:
        model.error = RuntimeError("broken")
        refused(post(client, picture(level=0)), 500, "log")
        assert post(client, picture(level=255)).status_code == 200


def test_a_key_is_needed_except_by_supervisors():
    with served(keys=(b"a" * 32,)) as client:
        refused(client.get("/v1/models"), 401, "Bearer")
        refused(client.get("/metrics", headers={"Authorization": "Bearer b"}), 401)
        refused(post(client, headers={"Authorization": "Basic ?"}), 401)
        for path in ("/health", "/ready"):
            assert client.get(path).status_code == 200
        assert post(client, headers={"Authorization": "Bearer " + "a" * 32}).status_code == 200
        assert client.get("/v1/models", auth=("", "a" * 32)).status_code == 200
        assert client.get("/v1/models", headers={"X-API-Key": "a" * 32}).status_code == 200


def test_a_key_that_is_no_ascii_is_another_one():
    with served(keys=("ä".encode() * 16,)) as client:
        for header in (b"Basic \xc3\xa4", b"Bearer \xc3\xa4", b"Basic \xff"):
            refused(client.get("/v1/models", headers={b"Authorization": header}), 401)
        right = {b"X-API-Key": "ä".encode() * 16}
        assert client.get("/v1/models", headers=right).status_code == 200


def test_the_work_that_parameters_ask_for_is_bounded(client):
    wide = picture((150, 60))
    assert post(client, wide, window=64).status_code == 200
    asked = {"window": 64, "scales": "2,2", "flip": 1}
    refused(post(client, wide, **asked), 422, "40000 pixels", "4 windows")
    assert post(client, wide, scales="2,2", flip=1).status_code == 200


def test_what_a_network_says_of_a_picture_reaches_the_client():
    model = Model()
    with served(model) as client:
        model.error = ValueError("this network takes images of at least 32 × 32 pixels")
        refused(post(client, picture(level=0)), 422, "at least 32 × 32")
