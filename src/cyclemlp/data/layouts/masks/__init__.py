"""Code that layouts with index masks share: the split, mask files, class tables."""
