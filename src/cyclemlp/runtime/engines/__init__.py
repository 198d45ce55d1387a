"""The libraries that compute an exported network, one file each."""
