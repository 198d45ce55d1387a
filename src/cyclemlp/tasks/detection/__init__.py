"""Object detection, and instance segmentation, which adds a mask to each object."""
