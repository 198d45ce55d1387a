"""From a picture and its target to what a network takes, for each task."""
