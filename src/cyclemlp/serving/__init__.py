"""The HTTP service: networks that predict the pictures of many clients."""
