"""Admits requests, and runs their work: concurrency limits, memory budgets, threads and time slices."""
