"""Pictures of a benchmark."""
