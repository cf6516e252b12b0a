"""Who may import whom in app/: engine <- {explain, catalogue} <- schemas <- services <- {api, web} <- main.

The client imports schemas alone.

Modules of the package import each other by relative imports, because installed it has another name, fivebyfive.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

# The parts of app/, each a folder or one of the few modules beside the folders; and what of app/ each may import.
# The parts that serve requests know the engine by schemas and services alone.
DATA = {"app.engine", "app.explain", "app.catalogue", "app.schemas"}
REQUESTS = {"app.telemetry", "app.settings", "app.schemas", "app.services"}
MAY_IMPORT: dict[str, set[str]] = {
    "app": {"app.client"},  # its names are loaded on first use
    "app.__main__": {"app.cli"},
    "app.cli": {"app.telemetry", "app.settings", "app.main"},
    "app.settings": {"app.schemas"},
    "app.engine": set(),
    "app.explain": {"app.engine"},
    "app.catalogue": {"app.engine"},
    "app.schemas": {"app.engine", "app.explain", "app.catalogue"},
    "app.services": DATA,
    "app.client": {"app.schemas"},
    "app.telemetry": set(),
    "app.execution": REQUESTS,
    "app.http": REQUESTS | {"app.execution"},
    "app.middleware": REQUESTS | {"app.execution", "app.http"},
    "app.server": REQUESTS | {"app.execution", "app.http", "app.middleware"},
    "app.api": REQUESTS | DATA | {"app.execution", "app.http", "app.middleware"},
    "app.web": REQUESTS | DATA | {"app.http"},
    "app.main": REQUESTS | {"app.api", "app.execution", "app.http", "app.middleware", "app.web"},
}
# Parts that may use only these packages besides the standard library; the others may use what pyproject.toml names.
ONLY_PACKAGES = {"app.engine": {"numpy"}, "app.explain": {"numpy"}, "app.catalogue": {"numpy"}}


def part_of(module: str) -> str | None:
    names = module.split(".")
    return next((p for p in (".".join(names[:n]) for n in range(len(names), 0, -1)) if p in MAY_IMPORT), None)


def imported_modules(path: str, text: str) -> Iterator[tuple[int, str]]:
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = (
                ".".join((*package[: len(package) + 1 - node.level], *([node.module] if node.module else [])))
                if node.level
                else node.module or ""
            )
            # `from app import engine` imports app.engine, and `from app.engine import network` at least app.engine
            yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


def python_imports(path: str, text: str) -> list[str]:
    if not (path.startswith("app/") and path.endswith(".py")):
        return []
    own = ".".join(PurePosixPath(path).with_suffix("").parts).removesuffix(".__init__")
    part = part_of(own)
    if part is None or (part == "app" and own != "app"):
        return [f"{path}: {own} has no place in MAY_IMPORT of this test: say what it may import"]
    faults = []
    for line, module in imported_modules(path, text):
        top = module.split(".")[0]
        if top == "app":
            target = part_of(module)
            if target not in ("app", part) and target not in MAY_IMPORT[part]:  # app itself: the version
                faults.append(f"{path}:{line}: {part} may not import {module}")
        elif part in ONLY_PACKAGES and top not in sys.stdlib_module_names and top not in ONLY_PACKAGES[part]:
            faults.append(f"{path}:{line}: {part} may import the standard library and {ONLY_PACKAGES[part]}, not {top}")
    return faults


def relative_imports(path: str, text: str) -> list[str]:
    if not (path.startswith("app/") and path.endswith(".py")):
        return []
    absolute = [
        (node.lineno, name)
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    ]
    return [
        f"{path}:{line}: import {name} relatively: installed, the package has another name"
        for line, name in absolute
        if name.split(".")[0] in ("app", "fivebyfive")
    ]


Rule = Callable[[str, str], list[str]]
RULES: list[Rule] = [python_imports, relative_imports]
PLANTED: list[tuple[Rule, str, str]] = [
    (python_imports, "app/engine/network.py", "from app.schemas import network\n"),
    (python_imports, "app/engine/network.py", "import pydantic\n"),
    (python_imports, "app/engine/layers/relu.py", "from ...catalogue import KERNELS\n"),
    (python_imports, "app/engine/network.py", "from ..explain import explain\n"),
    (python_imports, "app/catalogue/kernel.py", "from app import schemas\n"),
    (python_imports, "app/schemas/forward.py", "from ..services.forward import forward_json\n"),
    (python_imports, "app/services/forward.py", "def f():\n    from app.api import compute\n"),
    (python_imports, "app/api/compute.py", "from app.web.playground import router\n"),
    (python_imports, "app/web/docs.py", "from app.main import create_app\n"),
    (python_imports, "app/web/docs.py", "from ..api import compute\n"),
    (python_imports, "app/http/problems.py", "from ..engine.exceptions import EngineError\n"),
    (python_imports, "app/http/problems.py", "from ..middleware.metrics import count\n"),
    (python_imports, "app/execution/drain.py", "from ..http.problems import problem\n"),
    (python_imports, "app/telemetry/logging.py", "from ..settings import Settings\n"),
    (python_imports, "app/client/calls.py", "from app.engine import network\n"),
    (python_imports, "app/shortcut.py", ""),
    (relative_imports, "app/engine/network.py", "from app.engine import windows\n"),
    (relative_imports, "app/cli.py", "import app.main\n"),
    (relative_imports, "app/client/endpoints.py", "def f():\n    from fivebyfive import schemas\n"),
]
ALLOWED: list[tuple[Rule, str, str]] = [
    (python_imports, "app/engine/layers/relu.py", "import math\nimport numpy as np\nfrom .base import Layer\n"),
    (python_imports, "app/engine/layers/relu.py", "from app.engine.windows import output_size\n"),
    (python_imports, "app/main.py", "from app.api import compute\nfrom app import web\n"),
]
