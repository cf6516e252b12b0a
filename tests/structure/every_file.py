"""What no file of the project may hold, whatever its kind."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

LOCKS = re.compile(r"(^|/)(requirements/.*|package-lock\.json|.*\.lock)$")
"""Files that pin dependencies: who installs from them chooses the registry."""

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


def lock_files_name_no_registry(path: str, text: str) -> list[str]:
    return [
        f"{path}: names the registry {host}"
        for host in REGISTRIES
        if LOCKS.search(path) and re.search(rf"(?<![\w-]){re.escape(host)}\b", text)
    ]


def nothing_outside_is_used(path: str, text: str) -> list[str]:
    return [f"{path}: refers to {found.group()}, which is no part of the project" for found in OUTSIDE.finditer(text)]


def names_say_what_is_inside(path: str, _text: str) -> list[str]:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    return [
        f"{path}: {part} says nothing about what is inside"
        for part in PurePosixPath(path).parts
        if part.split(".")[0] in vague
    ]


Rule = Callable[[str, str], list[str]]
RULES: list[Rule] = [lock_files_name_no_registry, nothing_outside_is_used, names_say_what_is_inside]
PLANTED: list[tuple[Rule, str, str]] = [
    (lock_files_name_no_registry, "requirements/run.lock", f"--index-url https://{REGISTRIES[0]}/simple\n"),
    (lock_files_name_no_registry, "package-lock.json", f'"resolved": "https://registry.{REGISTRIES[2]}/x.tgz"'),
    (nothing_outside_is_used, "tests/conftest.py", "Path('../" + "shared/design')\n"),
    (names_say_what_is_inside, "app/engine/utils.py", ""),
    (names_say_what_is_inside, "static/js/helpers/dom.js", ""),
]
ALLOWED: list[tuple[Rule, str, str]] = [
    (lock_files_name_no_registry, "requirements/run.lock", "kept-changelog.com, mypy, npm"),
    (lock_files_name_no_registry, "README.md", f"installs from https://{REGISTRIES[0]}\n"),
]
