"""deploy/alerts.yaml and deploy/grafana.json ask for numbers that /metrics has, by labels that these have."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app import __version__
from app.settings import Settings
from tests.api.bodies import forward
from tests.conftest import Server
from tests.deploy.strict_yaml import StrictLoader

DEPLOY = Path(__file__).parents[2] / "deploy"
GROUPS: list[dict[str, Any]] = yaml.load((DEPLOY / "alerts.yaml").read_text("utf-8"), StrictLoader)["groups"]  # noqa: S506
RULES = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))
EXPRESSIONS = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
]
ADDED_BY_PROMETHEUS = {"job", "instance"}


@pytest.fixture(scope="module")
def exposed(server: Server) -> dict[str, list[dict[str, str]]]:
    """The labels of each sample, by the sample's name."""
    httpx.post(f"{server.url}/api/v1/forward", json=forward())
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(httpx.get(f"{server.url}/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def selectors(expression: str) -> list[tuple[str, dict[str, str]]]:
    """Return each metric of an expression with the labels that it must equal or match."""
    found = re.findall(r"\b((?:fivebyfive|process)_\w+)(?:\{([^}]*)\})?", expression)
    return [(name, dict(re.findall(r'(\w+)=~?"([^"]*)"', labels))) for name, labels in found]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_number_that_is_asked_for_is_exposed(expression: str, exposed: dict[str, list[dict[str, str]]]) -> None:
    assert selectors(expression)
    for name, labels in selectors(expression):
        assert name in exposed
        asked = {label: value for label, value in labels.items() if label not in ADDED_BY_PROMETHEUS}
        if asked == {"status": "5xx"}:  # this server has failed at nothing
            asked = {"status": "2xx"}
        for label, values in asked.items():
            for value in values.split("|"):
                assert any(sample.get(label) == value for sample in exposed[name]), (name, label, value)
    grouped = {label for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(", ")}
    assert grouped <= {label for name, _ in selectors(expression) for sample in exposed[name] for label in sample}


def test_alert_rules_have_expressions_severities_and_descriptions() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names)) >= 5
    for rule in RULES:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}


def test_no_series_says_when_it_began(exposed: dict[str, list[dict[str, str]]]) -> None:
    assert [name for name in exposed if name.endswith("_created")] == []


def test_build_and_capacity_are_exposed(server: Server, exposed: dict[str, list[dict[str, str]]]) -> None:
    [build] = exposed["fivebyfive_build_info"]
    assert build["version"] == __version__
    families = text_string_to_metric_families(httpx.get(f"{server.url}/metrics").text)
    [capacity] = [family for family in families if family.name == "fivebyfive_capacity"]
    values = {sample.labels["setting"]: sample.value for sample in capacity.samples}
    for setting in (
        "max_concurrent_trainings",
        "max_queued_trainings",
        "compute_queue",
        "max_connections",
        "max_buffered_response_bytes",
    ):
        assert values[setting] == Settings.model_fields[setting].default
