"""Directories of the files that are not code: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def _found(name: str) -> Path:
    """Return the directory `name` inside the package if it is there, else beside it."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


STATIC_DIR = _found("static")
TEMPLATES_DIR = _found("templates")
