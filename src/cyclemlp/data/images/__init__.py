"""Image files: which files are images, and reading them as RGB or as values of any channels."""
