import base64
import json
import logging
from io import BytesIO

from PIL import Image

from .served import picture, post


def test_a_form_is_answered_as_predict_writes_it(client):
    answer = post(client, picture(level=255))
    assert answer.status_code == 200
    assert answer.json() == {
        "model": "mean",
        "file": "a.png",
        "prediction": {
            "label": "light",
            "probability": 1.0,
            "top": [
                {"label": "light", "probability": 1.0},
                {"label": "dark", "probability": 0.0},
            ],
        },
    }
    assert "predict;dur=" in answer.headers["server-timing"]


def test_base64_in_json_is_answered(client):
    body = {"image": base64.b64encode(picture(level=0)).decode()}
    answer = client.post("/v1/predict", json=body, params={"model": "other"})
    assert answer.json()["model"] == "other"
    assert answer.json()["prediction"]["probability"] == 0.0


def test_a_browser_that_prefers_pictures_gets_the_drawing(client):
    answer = post(client, headers={"Accept": "image/png, */*;q=0.1"})
    assert answer.headers["content-type"] == "image/png"
    drawn = Image.open(BytesIO(answer.content))
    assert drawn.width >= 160, "the tiny picture is not enlarged for its label"


def test_models_are_listed_with_their_parameters(client):
    models = client.get("/v1/models").json()["models"]
    assert [one["name"] for one in models] == ["mean", "other"]
    assert set(models[0]["parameters"]) == {"top_k", "window", "scales", "flip"}


def test_metrics_count_requests_and_batches(client):
    post(client)
    text = client.get("/metrics").text
    assert 'cyclemlp_requests_total{model="mean",route="/v1/predict",status="200"}' in text
    for name in ("request_seconds_bucket", "queue{", "batch_size_bucket"):
        assert f"cyclemlp_{name}" in text


def test_the_log_has_no_name_of_a_file(client, caplog, monkeypatch):
    # import-linter's test, in the same process, disables all loggers that exist
    monkeypatch.setattr(logging.getLogger("cyclemlp.serving"), "disabled", False)
    with caplog.at_level("INFO", "cyclemlp.serving"):
        post(client)
        client.get("/health")  # the line of a request is written after its answer
    lines = [json.loads(record.message) for record in caplog.records]
    line = next(line for line in lines if line["route"] == "/v1/predict")
    assert line["status"] == 200
    assert line["model"] == "mean"
    assert "a.png" not in caplog.text


def test_documentation_needs_no_other_host(client):
    page = client.get("/docs")
    assert "POST /v1/predict" in page.text
    assert "://" not in page.text.replace("http://www.w3.org", "")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert client.get("/openapi.json").json()["paths"].keys() >= {"/v1/predict", "/v1/models"}
