"""Every rule over the whole project, and over faults that are planted to see that it finds them."""

from collections.abc import Callable

import pytest

from tests.structure import browser_code, every_file, no_code_from_data, python_imports

PARTS = (browser_code, every_file, no_code_from_data, python_imports)
Rule = Callable[[str, str], list[str]]
RULES = [rule for part in PARTS for rule in part.RULES]
PLANTED = [planted for part in PARTS for planted in part.PLANTED]
ALLOWED = [allowed for part in PARTS for allowed in part.ALLOWED]


@pytest.mark.parametrize("rule", RULES)
def test_the_project_keeps_the_rule(rule: Rule, faults_of: Callable[[Rule], str]) -> None:
    assert faults_of(rule) == ""


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_fault_is_found(rule: Rule, path: str, text: str) -> None:
    assert rule(path, text)


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_what_is_allowed_is_not_called_a_fault(rule: Rule, path: str, text: str) -> None:
    assert rule(path, text) == []


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


def test_the_project_has_the_files_that_the_rules_are_about(project_files: list[tuple[str, str]]) -> None:
    names = [name for name, _ in project_files]
    for start in (
        "app/engine/",
        "app/catalogue/",
        "app/schemas/",
        "app/services/",
        "app/api/",
        "static/js/views/",
        "static/css/",
        "templates/",
    ):
        assert any(name.startswith(start) for name in names), f"no file under {start}"
