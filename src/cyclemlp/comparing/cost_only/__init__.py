"""The cost of published models against the image size, without training."""
