"""What no file of the project may hold, whatever its kind."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

LIMIT = 300

# Spelt in two halves, so that this file keeps its own rules.
REGISTRIES = [
    f"{name}.{end}"
    for end, names in {
        "org": ("pypi", "pythonhosted", "npmjs", "debian", "golang"),
        "com": ("npmjs", "yarnpkg", "docker", "unpkg", "cloudflare", "googleapis"),
        "io": ("crates", "docker", "ghcr", "quay"),
        "net": ("jsdelivr",),
    }.items()
    for name in names
]
OUTSIDE = re.compile("|".join(re.escape(half + "shared") for half in ("../", "/work/")))


def no_registry_is_named(path: str, text: str) -> list[str]:
    return [
        f"{path}: names the registry {host}"
        for host in REGISTRIES
        if re.search(rf"(?<![\w-]){re.escape(host)}\b", text)
    ]


def nothing_outside_is_used(path: str, text: str) -> list[str]:
    return [f"{path}: refers to {found.group()}, which is no part of the project" for found in OUTSIDE.finditer(text)]


def long_files_say_why(path: str, text: str) -> list[str]:
    lines = text.count("\n")
    counted = path.endswith((".py", ".js", ".css", ".html", ".sh")) or path.startswith("scripts/")
    if counted and lines > LIMIT and f"over {LIMIT} lines because" not in text.lower():
        return [f"{path}: {lines} lines; split it, or say in it 'Over {LIMIT} lines because ...'"]
    return []


def names_say_what_is_inside(path: str, _text: str) -> list[str]:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    return [
        f"{path}: {part} says nothing about what is inside"
        for part in PurePosixPath(path).parts
        if part.split(".")[0] in vague
    ]


Rule = Callable[[str, str], list[str]]
RULES: list[Rule] = [no_registry_is_named, nothing_outside_is_used, long_files_say_why, names_say_what_is_inside]
PLANTED: list[tuple[Rule, str, str]] = [
    (no_registry_is_named, "requirements/run.lock", f"--index-url https://{REGISTRIES[0]}/simple\n"),
    (no_registry_is_named, "package-lock.json", f'"resolved": "https://registry.{REGISTRIES[2]}/x.tgz"'),
    (nothing_outside_is_used, "tests/conftest.py", "Path('../" + "shared/design')\n"),
    (long_files_say_why, "app/engine/network.py", "x = 1\n" * (LIMIT + 1)),
    (names_say_what_is_inside, "app/engine/utils.py", ""),
    (names_say_what_is_inside, "static/js/helpers/dom.js", ""),
]
ALLOWED: list[tuple[Rule, str, str]] = [
    (
        long_files_say_why,
        "app/engine/network.py",
        '"""Over 300 lines because it is a test."""\n' + "x = 1\n" * (LIMIT + 1),
    ),
    (no_registry_is_named, "README.md", "kept-changelog.com, mypy, npm"),
]
