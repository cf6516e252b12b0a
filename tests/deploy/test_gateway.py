"""deploy/gateway.yaml: of the form that Gateway API has, and true of deploy/kubernetes.yaml."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy.strict_yaml import StrictLoader

DEPLOY = Path(__file__).parents[2] / "deploy"


def read(name: str) -> dict[str, dict[str, Any]]:
    return {document["kind"]: document for document in yaml.load_all((DEPLOY / name).read_text("utf-8"), StrictLoader)}


GATEWAY = read("gateway.yaml")
CLUSTER = read("kubernetes.yaml")
[RULE] = GATEWAY["HTTPRoute"]["spec"]["rules"]


def fields(**properties: Any) -> dict[str, Any]:
    """The schema of an object that has these fields and no others."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def items(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema, "minItems": 1}


NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}
HOST = {"type": "string", "pattern": "^[a-z0-9.-]+$"}
PORT = {"type": "integer", "minimum": 1, "maximum": 65_535}
DURATION = {"type": "string", "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"}
PATH = fields(type={"enum": ["Exact", "PathPrefix"]}, value={"type": "string", "pattern": "^/"})
LISTENER = fields(
    name=NAME,
    protocol={"const": "HTTPS"},
    port=PORT,
    hostname=HOST,
    tls=fields(certificateRefs=items(fields(name=NAME))),
)
SPECS = {
    "Gateway": fields(gatewayClassName=NAME, listeners=items(LISTENER)),
    "HTTPRoute": fields(
        parentRefs=items(fields(name=NAME)),
        hostnames=items(HOST),
        rules=items(
            fields(
                matches=items(fields(path=PATH)) | {"maxItems": 64},
                timeouts=fields(request=DURATION),
                backendRefs=items(fields(name=NAME, port=PORT)),
            )
        ),
    ),
}
"""As the definitions of Gateway API 1.2 (gateway.networking.k8s.io/v1) have the fields that the file uses."""


def validate(document: dict[str, Any]) -> None:
    api = {"const": "gateway.networking.k8s.io/v1"}
    kind = document["kind"]
    schema = fields(apiVersion=api, kind={"const": kind}, metadata=fields(name=NAME), spec=SPECS[kind])
    jsonschema.validate(document, schema)


@pytest.mark.parametrize("kind", SPECS)
def test_documents_are_valid(kind: str) -> None:
    assert list(GATEWAY) == list(SPECS)
    validate(GATEWAY[kind])


def test_field_that_the_api_does_not_have_is_not_valid() -> None:
    planted = GATEWAY["HTTPRoute"] | {"spec": GATEWAY["HTTPRoute"]["spec"] | {"hosts": []}}
    with pytest.raises(jsonschema.ValidationError):
        validate(planted)


def test_route_belongs_to_the_gateway_and_leads_to_the_service() -> None:
    route, gateway, service = GATEWAY["HTTPRoute"], GATEWAY["Gateway"], CLUSTER["Service"]
    assert route["spec"]["parentRefs"] == [{"name": gateway["metadata"]["name"]}]
    assert RULE["backendRefs"] == [
        {"name": service["metadata"]["name"], "port": port["port"]} for port in service["spec"]["ports"]
    ]


def test_same_host_paths_and_certificate_are_public_as_through_the_ingress() -> None:
    ingress = CLUSTER["Ingress"]["spec"]
    [rule], [tls] = ingress["rules"], ingress["tls"]
    types = {"Exact": "Exact", "Prefix": "PathPrefix"}
    assert [match["path"] for match in RULE["matches"]] == [
        {"type": types[path["pathType"]], "value": path["path"]} for path in rule["http"]["paths"]
    ]
    [listener] = GATEWAY["Gateway"]["spec"]["listeners"]
    assert GATEWAY["HTTPRoute"]["spec"]["hostnames"] == [listener["hostname"]] == [rule["host"]]
    assert listener["tls"]["certificateRefs"] == [{"name": tls["secretName"]}]


def test_proxies_of_the_gateway_reach_the_pods() -> None:
    [rule] = CLUSTER["NetworkPolicy"]["spec"]["ingress"]
    label = {"gateway.networking.k8s.io/gateway-name": GATEWAY["Gateway"]["metadata"]["name"]}
    assert {"podSelector": {"matchLabels": label}} in rule["from"]
