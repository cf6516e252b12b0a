"""YAML as Docker Compose and Kubernetes read it: a key that stands twice is an error, not the last of the two."""

from typing import Any

import yaml


class StrictLoader(yaml.SafeLoader):
    """`yaml.SafeLoader`, but for keys that stand twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key stands twice, {node.start_mark}: {keys}"
        return super().construct_mapping(node, deep)
