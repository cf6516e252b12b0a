"""How any number of a pass came to be: its terms, which add up to it, the grids to draw, and a sentence to hear."""

from .explain import count_terms, explain, explanation_work

__all__ = ["count_terms", "explain", "explanation_work"]
