"""deploy/kubernetes.yaml: valid for the newest Kubernetes that is known here, and true of this service."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from starlette.routing import Route

from app import __version__
from app.main import create_app
from app.settings import ENVIRONMENT_PREFIX, Settings
from tests.conftest import STOP_SECONDS
from tests.deploy.strict_yaml import StrictLoader

FILE = Path(__file__).parents[2] / "deploy" / "kubernetes.yaml"
DOCUMENTS: list[dict[str, Any]] = list(yaml.load_all(FILE.read_text("utf-8"), StrictLoader))
BY_KIND = {document["kind"]: document for document in DOCUMENTS}
POD = BY_KIND["Deployment"]["spec"]["template"]
[CONTAINER] = POD["spec"]["containers"]
INSIDE = {"/healthz", "/readyz", "/metrics"}
"""Routes that nobody outside the cluster may reach."""


def routes() -> set[str]:
    return {route.path for route in create_app(Settings()).routes if isinstance(route, Route)}


def validate(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


def test_the_file_holds_what_the_readme_says() -> None:
    kinds = ["Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress", "NetworkPolicy"]
    assert [document["kind"] for document in DOCUMENTS] == kinds


@pytest.mark.parametrize("document", DOCUMENTS, ids=BY_KIND)
def test_every_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_a_field_that_kubernetes_does_not_know_is_not_valid() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(BY_KIND["Service"] | {"spec": BY_KIND["Service"]["spec"] | {"portz": []}})


def test_every_selector_finds_the_pods() -> None:
    labels = POD["metadata"]["labels"].items()
    selectors = [
        BY_KIND["Deployment"]["spec"]["selector"]["matchLabels"],
        BY_KIND["Service"]["spec"]["selector"],
        BY_KIND["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        BY_KIND["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        *(spread["labelSelector"]["matchLabels"] for spread in POD["spec"]["topologySpreadConstraints"]),
    ]
    assert all(selector and selector.items() <= labels for selector in selectors)


def test_whoever_refers_to_an_object_names_one_that_is_there() -> None:
    target = BY_KIND["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    named = BY_KIND[target["kind"]]
    assert (target["apiVersion"], target["name"]) == (named["apiVersion"], named["metadata"]["name"])
    service = BY_KIND["Service"]
    [port] = service["spec"]["ports"]
    for path in ingress_paths():
        assert path["backend"] == {"service": {"name": service["metadata"]["name"], "port": {"name": port["name"]}}}


def test_every_port_is_the_one_that_the_service_listens_on() -> None:
    [port] = CONTAINER["ports"]
    assert port["containerPort"] == Settings.model_fields["port"].default
    assert POD["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
    [service_port] = BY_KIND["Service"]["spec"]["ports"]
    [[allowed]] = [rule["ports"] for rule in BY_KIND["NetworkPolicy"]["spec"]["ingress"]]
    probed = {CONTAINER[f"{kind}Probe"]["httpGet"]["port"] for kind in ("startup", "readiness", "liveness")}
    assert {service_port["targetPort"], allowed["port"], *probed} == {port["name"]}


@pytest.mark.parametrize(
    ("kind", "path"), [("startup", "/healthz"), ("readiness", "/readyz"), ("liveness", "/healthz")]
)
def test_a_probe_asks_a_route_that_is_there(kind: str, path: str) -> None:
    assert CONTAINER[f"{kind}Probe"]["httpGet"]["path"] == path
    assert path in routes()


def ingress_paths() -> list[dict[str, Any]]:
    [rule] = BY_KIND["Ingress"]["spec"]["rules"]
    paths: list[dict[str, Any]] = rule["http"]["paths"]
    return paths


def is_public(route: str) -> bool:
    """Whether the Ingress passes it on, as Kubernetes matches paths: a prefix is of whole elements."""
    return any(
        route == path["path"] or (path["pathType"] == "Prefix" and route.startswith(path["path"] + "/"))
        for path in ingress_paths()
    )


def test_everything_but_metrics_and_probes_is_public_and_every_public_path_leads_somewhere() -> None:
    assert {route for route in routes() | INSIDE if not is_public(route)} == INSIDE
    for path in ingress_paths():
        start = path["path"]
        assert any(r == start or (path["pathType"] == "Prefix" and r.startswith(start + "/")) for r in routes()), start


def test_the_environment_is_settings_with_values_that_they_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {variable["name"]: variable["value"] for variable in CONTAINER["env"]}
    assert len(given) == len(CONTAINER["env"])
    known = {f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert set(given) <= known | {"OPENBLAS_CORETYPE"}
    compose, image = ((FILE.parents[1] / name).read_text("utf-8") for name in ("compose.yaml", "Dockerfile"))
    core = given["OPENBLAS_CORETYPE"]  # replicas agree to the last bit, however they are started
    assert f"OPENBLAS_CORETYPE: {core} " in compose
    assert f"ENV OPENBLAS_CORETYPE={core}\n" in image
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    Settings()
    assert set(re.findall(rf"{ENVIRONMENT_PREFIX}[A-Z_]+", FILE.read_text("utf-8"))) <= known


def test_threads_are_one_less_than_the_cpu_limit() -> None:
    threads = {variable["name"]: variable["value"] for variable in CONTAINER["env"]}["FIVEBYFIVE_COMPUTE_THREADS"]
    assert int(threads) == int(CONTAINER["resources"]["limits"]["cpu"]) - 1


def test_a_replica_has_the_time_that_it_needs_to_drain() -> None:
    leaving = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert POD["spec"]["terminationGracePeriodSeconds"] >= leaving + STOP_SECONDS


def test_it_runs_with_no_rights_that_it_does_not_need() -> None:
    assert POD["spec"]["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert POD["spec"]["automountServiceAccountToken"] is False


def test_the_image_is_this_version_and_runs_as_the_user_that_it_is_built_for() -> None:
    dockerfile = (FILE.parents[1] / "Dockerfile").read_text("utf-8")
    version = __version__
    assert CONTAINER["image"].endswith(f":{version}")
    assert f'org.opencontainers.image.version="{version}"' in dockerfile
    user = POD["spec"]["securityContext"]
    assert f"USER {user['runAsUser']}:{user['runAsGroup']}\n" in dockerfile


def test_the_ingress_lets_events_and_bodies_pass_as_nginx_in_front_of_compose_does() -> None:
    says = {name: str(value) for name, value in BY_KIND["Ingress"]["metadata"]["annotations"].items()}
    nginx = (FILE.parent / "nginx.conf").read_text("utf-8")
    seconds = re.findall(r"proxy_read_timeout (\d+)s;", nginx)
    size = re.findall(r"client_max_body_size (\w+);", nginx)
    community, own = "nginx.ingress.kubernetes.io", "nginx.org"
    assert says[f"{community}/proxy-buffering"] == "off"
    assert says[f"{own}/proxy-buffering"] == "False"
    assert [says[f"{community}/proxy-read-timeout"]] == seconds
    assert [says[f"{own}/proxy-read-timeout"].removesuffix("s")] == seconds
    assert [says[f"{community}/proxy-body-size"]] == [says[f"{own}/client-max-body-size"]] == size
    # It keeps connections to replicas, and sends a request on one that breaks to every other, unless it is a POST that
    # was sent already.
    assert says[f"{community}/proxy-next-upstream"] == "error timeout"
