"""Pictures of several requests in one forward pass."""
