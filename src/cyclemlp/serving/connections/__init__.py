"""What every request passes: limits, the API key, metrics and the log."""
