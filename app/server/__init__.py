"""What depends on the internals of uvicorn: its HTTP/1.1 protocol with limits and with fewer writes."""
