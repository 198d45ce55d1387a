"""The page: a client of the service that runs in a browser."""
