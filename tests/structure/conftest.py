"""The project's files, for rules about them. A rule is a function from (path, text) to the faults that it finds.

So every rule is run over the whole project, and also over faults planted on purpose: a rule that finds nothing there
is no rule.
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Rule = Callable[[str, str], list[str]]


@pytest.fixture(scope="session")
def project_files() -> list[tuple[str, str]]:
    """Path and text of every text file that is or would be committed."""
    return list(_texts())


@pytest.fixture(scope="session")
def faults_of(project_files: list[tuple[str, str]]) -> Callable[[Rule], str]:
    """The faults that a rule finds in the project, a line each."""

    def faults(rule: Rule) -> str:
        return "\n".join(fault for path, text in project_files for fault in rule(path, text))

    return faults


def _texts() -> Iterator[tuple[str, str]]:
    for name in _names():
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture


def _names() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        return sorted(name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file())
    # An unpacked source archive has no .git: all its files, without what tools make.
    made = {".venv", "__pycache__", "node_modules", "test-results", "dist", "build"}
    files = (p.relative_to(ROOT) for p in ROOT.rglob("*") if p.is_file())
    return sorted(p.as_posix() for p in files if not any(x in made or x.endswith("_cache") for x in p.parts))
