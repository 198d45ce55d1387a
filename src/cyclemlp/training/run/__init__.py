"""The folder of a run: its files, and the callbacks that write them."""
