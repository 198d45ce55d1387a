"""The paths of the service."""

ROUTES = ("/v1/predict", "/v1/models", "/health", "/ready", "/metrics", "/openapi.json", "/docs")
