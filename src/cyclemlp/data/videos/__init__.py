"""Video files: which files are videos, reading their frames, and writing frames as a video."""
