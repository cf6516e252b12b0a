"""What travels: pydantic models of requests and replies, and the only place where arrays become JSON."""
