"""Admits requests, and runs their work: limits, memory budgets, threads, time slices and graceful shutdown."""
