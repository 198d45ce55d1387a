"""Object detection, and with masks instance segmentation."""
