"""What the OpenAPI document says beyond the types."""

from __future__ import annotations

from typing import Any

from cyclemlp.serving.requests.parameters import PARAMETERS
from cyclemlp.serving.servable import Servable

_REASONS = {
    400: "The body cannot be parsed",
    401: "No valid API key",
    403: "A browser sent it from a page of another host",
    404: "There is no such model",
    406: "The answer has no such media type",
    408: "The body came too slowly",
    413: "Too many bytes, or too many pixels",
    415: "The body has another media type",
    421: "It is addressed to another name than the service has",
    422: "The picture or a parameter cannot be used",
    503: "Too much to do, starting, or ending; see Retry-After",
    504: "The deadline passed",
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["status", "rule", "received", "remedy"],
            "properties": {
                "status": {"type": "integer"},
                "rule": {"type": "string"},
                "received": {"type": "string"},
                "remedy": {"type": "string"},
            },
        }
    },
}
_ANSWER = {
    "type": "object",
    "required": ["model", "file", "prediction"],
    "properties": {
        "model": {"type": "string"},
        "file": {"type": "string"},
        "prediction": {"type": "object"},
    },
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of refusals by status."""
    content = {"application/json": {"schema": _ERROR}}
    return {status: {"description": _REASONS[status], "content": content} for status in statuses}


def parameters_of(servable: Servable) -> dict[str, str]:
    """Return the rule of each parameter that a model takes."""
    return {
        name: f"{one.text}: {one.rule}"
        for name, one in PARAMETERS.items()
        if name in servable.settings
    }


def _parameter(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    parameter = {"name": name, "in": "query", "schema": schema, "description": text}
    flat = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return parameter | flat


_BINARY = {"type": "string", "format": "binary"}
PREDICT: dict[str, Any] = {
    "parameters": [
        _parameter("model", {"type": "string"}, "name of a model; by default the first"),
        _parameter(
            "picture",
            {"type": "string", "enum": ["drawing", "mask"]},
            "what Accept: image/png gives: the picture with the prediction on it, or the index "
            "mask of segmentation",
        ),
        *(_parameter(name, one.schema(), one.text) for name, one in PARAMETERS.items()),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {"file": _BINARY},
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "additionalProperties": False,
                    "properties": {
                        "image": {
                            "type": "string",
                            "contentEncoding": "base64",
                            "description": "the file in base64",
                        }
                    },
                }
            },
        },
    },
    "responses": {
        "200": {
            "description": "The prediction, as predict writes it; or a picture",
            "content": {
                "application/json": {"schema": _ANSWER},
                "image/png": {"schema": _BINARY},
            },
        },
        **{str(status): one for status, one in refusals(*_REASONS).items()},
    },
}
"""The operation ``POST /v1/predict``."""
