"""requirements/lowest.lock has the lower bounds of pyproject.toml, so that `scripts/test --lowest` tries just those."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_lowest_lock_has_each_dependency_at_its_lower_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements" / "lowest.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w-]+)==([\d.]+)", lock, flags=re.MULTILINE))
    for dependency in project["dependencies"]:
        name, bound = re.findall(r"^([\w-]+)>=([\d.]+)", dependency)[0]
        assert re.fullmatch(rf"{re.escape(bound)}(\.0)*", locked[name]), (dependency, locked[name])
