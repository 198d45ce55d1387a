"""Image files: which files are images, and reading them as upright 8-bit RGB."""
