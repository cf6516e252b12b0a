"""ASGI middleware: request context, access log, metrics, limits and headers of every request."""
