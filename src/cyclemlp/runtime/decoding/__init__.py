"""From an exported network's outputs to predictions, one file a task."""
