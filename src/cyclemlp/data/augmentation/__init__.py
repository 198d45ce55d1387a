"""The settings of the augmentation of training images, one file a task; no pixels, no torch."""
