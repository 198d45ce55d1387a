import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from cyclemlp.serving.page.routes import add_page

from ..served import Model, picture, served
from ..test_faults import refused


@pytest.fixture(scope="module")
def noise():
    file = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def send(client, place, data, **params):
    return client.post(place, files={"file": ("a.png", data)}, params=params)


def test_the_page_and_its_files_are_served_and_nothing_else(client):
    page = client.get("/")
    assert "text/html" in page.headers["content-type"]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for name in ("main.js", "style.css"):
        assert client.get(f"/page/files/{name}").status_code == 200
    for name in ("routes.py", "..%2Froutes.py", "%2Fetc%2Fpasswd"):
        refused(client.get(f"/page/files/{name}"), 404)
    assert Image.open(io.BytesIO(client.get("/page/examples/3.png").content)).size == (32, 32)
    for number in ("9", "x", "-1", "9" * 5000):
        refused(client.get(f"/page/examples/{number}.png"), 404, "0..3")


def test_a_mask_arrives_without_loss_and_as_the_service_gives_it(client, noise):
    answer = send(client, "/page/predict", noise, model="segment").json()
    coded = np.asarray(Image.open(io.BytesIO(b64decode(answer["view"]["mask"]))))
    params = {"model": "segment", "picture": "mask"}
    files = {"file": ("a.png", noise)}
    mask = client.post("/v1/predict", files=files, params=params, headers={"Accept": "image/png"})
    index = np.asarray(Image.open(io.BytesIO(mask.content)))
    assert index.shape == (48, 64)
    assert np.array_equal(coded[..., 0] + 256 * coded[..., 1].astype(int), index)
    shares = {one["index"]: one["share"] for one in answer["view"]["classes"]}
    assert shares == {i: pytest.approx((index == i).mean()) for i in np.unique(index)}


def test_objects_have_boxes_and_masks(client, noise):
    answer = send(client, "/page/predict", noise, model="instance", min_score=0).json()
    objects = answer["view"]["objects"]
    shown = [one for one in objects if one["score"] >= answer["view"]["threshold"]]
    assert 0 < len(shown) == len(answer["prediction"]["objects"]) < len(objects)
    masked = next(one for one in objects if "mask" in one)
    patch = np.asarray(Image.open(io.BytesIO(b64decode(masked["mask"]["png"]))))
    assert set(np.unique(patch[..., 0])) <= {0, 1}


def test_a_receptive_field_moves_with_the_position(client, noise):
    def middle(x, model):
        params = {"model": model, "x": x, "y": 0.5, "stage": 2}
        answer = send(client, "/page/receptive-field", noise, **params)
        assert "half of the influence" in answer.headers["x-summary"]
        drawn = np.asarray(Image.open(io.BytesIO(answer.content))).astype(float)
        orange = np.clip(drawn[..., 0] - drawn[..., 2], 0, None)
        return (orange.sum(0) * np.arange(orange.shape[1])).sum() / orange.sum() / orange.shape[1]

    for model in ("segment", "classify"):
        assert middle(0.3, model) < 0.45 < 0.55 < middle(0.7, model)


@pytest.mark.parametrize("params", [{"x": "2"}, {"x": "nan"}, {"stage": "5"}, {"y": ""}])
def test_a_position_outside_is_refused(client, noise, params):
    inside = {"model": "segment", "x": 0.5, "y": 0.5, "stage": 2}
    refused(send(client, "/page/receptive-field", noise, **(inside | params)), 422)


@pytest.mark.parametrize("size", [(1, 2000), (2000, 1)])
def test_a_thin_picture_has_a_receptive_field_or_is_refused(client, size):
    params = {"model": "classify", "x": 0.5, "y": 0.5, "stage": 1}
    answer = send(client, "/page/receptive-field", picture(size), **params)
    assert "half of the influence" in answer.headers["x-summary"]
    params["model"] = "segment"
    refused(send(client, "/page/receptive-field", picture(size), **params), 422, "32")


def test_a_network_without_feature_maps_has_no_receptive_field():
    with served(Model(), extend=add_page) as client:
        params = {"x": 0.5, "y": 0.5, "stage": 1}
        answer = send(client, "/page/receptive-field", picture(), **params)
        refused(answer, 422, "choose a bundle")


def test_kernels_are_those_of_the_operator(client):
    params = {"height": 1, "width": 3, "phase": "paper"}
    answer = client.get("/page/kernel", params=params)
    assert answer.json()["offsets"] == [[0, -1], [0, 0], [0, 1]]
    refused(client.get("/page/kernel", params={"height": 99, "width": 1}), 422, "1..15")
    refused(client.get("/page/kernel", params={**params, "phase": "x"}), 422, "paper")
