"""HTTP as the standard has it, knowing nothing of networks: what clients accept, caching, methods."""
