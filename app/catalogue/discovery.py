"""Collect what the modules of a catalogue package define, so that a new entry is one new file."""

import importlib
import pkgutil
from typing import Protocol, TypeVar


class Entry(Protocol):
    """Anything the catalogue lists: it has an id that is unique in its list."""

    @property
    def id(self) -> str:
        """The name that requests use."""
        ...


EntryT = TypeVar("EntryT", bound=Entry)

LAST = 1_000_000


def discover(package: str, search_path: list[str], kind: type[EntryT]) -> dict[str, EntryT]:
    """Import every module of a package and list the entries each one defines.

    A module defines ``ENTRIES``, a tuple of entries in the order they are shown, and may define ``ORDER``, a whole
    number: modules come in rising ``ORDER``, those without one last, and equal ones by file name.

    Parameters
    ----------
    package, search_path : str, list of str
        The package's ``__name__`` and ``__path__``.
    kind : type
        What every entry must be.

    Returns
    -------
    dict
        Entry by id, in order.

    Raises
    ------
    TypeError
        If a module has no ``ENTRIES``, or one of them is not a `kind`.
    ValueError
        If two entries share an id.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(search_path))
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    found: dict[str, EntryT] = {}
    for module in sorted(modules, key=lambda module: int(getattr(module, "ORDER", LAST))):
        entries = getattr(module, "ENTRIES", None)
        if not isinstance(entries, tuple) or not all(isinstance(entry, kind) for entry in entries):
            raise TypeError(f"{module.__name__}: ENTRIES is {entries!r:.80}; it must be a tuple of {kind.__name__}")
        for entry in entries:
            if entry.id in found:
                raise ValueError(f"{module.__name__}: the id {entry.id!r} is taken; every id is used once")
            found[entry.id] = entry
    return found
