"""A new kernel family or data set is one new file: modules are found, ordered and checked."""

import sys
from pathlib import Path

import pytest

from app.catalogue import Kernel
from app.catalogue.discovery import discover

MODULE = """
from app.catalogue import Kernel
{order}
ENTRIES = tuple(
    Kernel(id=name, name=name, family="F", about="A.", numerators=((1,),), source="S") for name in {ids!r}
)
"""


def _discover(folder: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> dict[str, Kernel]:
    package = folder / "new_kernels"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for name, text in modules.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    for name in [name for name in sys.modules if name.startswith("new_kernels")]:
        monkeypatch.delitem(sys.modules, name)
    return discover("new_kernels", [str(package)], Kernel)


def test_modules_come_by_order_then_by_name_and_those_without_one_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _discover(
        tmp_path,
        monkeypatch,
        a=MODULE.format(order="", ids=["last"]),
        b=MODULE.format(order="ORDER = 20", ids=["fourth"]),
        c=MODULE.format(order="ORDER = 10", ids=["first", "second"]),
        d=MODULE.format(order="ORDER = 10", ids=["third"]),
    )
    assert list(found) == ["first", "second", "third", "fourth", "last"]


def test_an_id_that_is_taken_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"new_kernels\.b: the id 'twin' is taken"):
        _discover(
            tmp_path,
            monkeypatch,
            a=MODULE.format(order="", ids=["twin"]),
            b=MODULE.format(order="", ids=["twin"]),
        )


@pytest.mark.parametrize("text", ["", "ENTRIES = []", "ENTRIES = (1,)"])
def test_a_module_without_entries_of_the_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with pytest.raises(TypeError, match=r"new_kernels\.a: ENTRIES is .* it must be a tuple of Kernel"):
        _discover(tmp_path, monkeypatch, a=text)
