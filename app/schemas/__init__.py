"""Pydantic models of requests and responses, and their serialization. Nothing here runs a network."""
