"""One module per operation: from the request model to the domain, the engine and the response."""
