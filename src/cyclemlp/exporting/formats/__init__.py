"""The file formats of exported networks, one file each."""
