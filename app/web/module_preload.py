"""Finds the modules that a page's script imports, so that the browser loads them all at once."""

import posixpath
import re
from typing import Final

from .assets import assets

_IMPORT: Final = re.compile(r"^(?:import|export)\b[^'\";]*?\bfrom '(\.[^']+)'", re.MULTILINE)


def needed_modules(script: str) -> list[str]:
    """Return the paths under ``static/js`` of all modules that `script` imports, directly or not."""
    found: set[str] = set()
    waiting = [script]
    while waiting:
        module = waiting.pop()
        text = assets()[f"js/{module}"].content.decode()
        for name in _IMPORT.findall(text):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(module), name))
            if path not in found:
                found.add(path)
                waiting.append(path)
    return sorted(found)
