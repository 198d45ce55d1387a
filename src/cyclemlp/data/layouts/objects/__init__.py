"""Code that layouts with annotated objects share: the split, scenes, targets, object masks."""
