"""The context of requests, and log formats."""
