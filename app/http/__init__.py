"""Requests and responses: parses bodies, negotiates content, makes responses, problems and event streams."""
