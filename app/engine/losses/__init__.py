"""Losses, one file each: from logits and labels to a number an example, and its gradient."""
