"""Hypothesis for the engine's tests: no deadline, as a busy machine makes a single example slow now and then."""

from hypothesis import settings

settings.register_profile("engine", deadline=None)
settings.load_profile("engine")
