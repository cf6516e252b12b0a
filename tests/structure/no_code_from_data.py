"""The service runs nothing that came as data, and opens no file that a request names."""

import ast
import re
from collections.abc import Callable

RUNS_DATA = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "code", "subprocess", "importlib.reload"}
RUNNING = {"eval", "exec", "compile", "__import__"}
DEFAULT_EXPERIMENT = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "FileResponse", "StaticFiles"}
# Files are read where their names are the project's own: static files at the first request, data sets at the import.
READS_ITS_OWN_FILES = re.compile(r"app/(web/assets|catalogue/.*)\.py")


def called(node: ast.AST) -> tuple[str, str]:
    """What a call calls: its last name, and the whole of it."""
    if not isinstance(node, ast.Call):
        return "", ""
    whole = ast.unparse(node.func)
    return whole.rpartition(".")[2], whole


def nothing_runs_data(path: str, text: str) -> list[str]:
    if not (path.startswith("app/") and path.endswith(".py")):
        return []
    faults = []
    for node in ast.walk(ast.parse(text)):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        faults += [f"{path}:{node.lineno}: imports {name}" for name in modules if name.split(".")[0] in RUNS_DATA]
        name, whole = called(node)
        if whole in RUNNING:
            faults.append(f"{path}:{node.lineno}: calls {whole}")
        if whole in ("np.load", "numpy.load"):
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if given.get("allow_pickle", "False") != "False":
                faults.append(f"{path}:{node.lineno}: lets numpy load pickles")
        if name in DEFAULT_EXPERIMENT and not READS_ITS_OWN_FILES.fullmatch(path):
            faults.append(f"{path}:{node.lineno}: calls {whole}, outside of where the project's own files are read")
    return faults


def templates_escape(path: str, text: str) -> list[str]:
    """Whatever a template shows is escaped; markup is made in one place, where JSON goes into a page."""
    if path.startswith("templates/"):
        return [f"{path}: {found}" for found in re.findall(r"\|\s*safe\b|autoescape\s+false", text)]
    if path.startswith("app/") and path.endswith(".py") and path != "app/web/rendering.py":
        return [f"{path}: makes markup of text" for _ in re.findall(r"\bMarkup\(", text)]
    return []


Rule = Callable[[str, str], list[str]]
RULES: list[Rule] = [nothing_runs_data, templates_escape]
PLANTED: list[tuple[Rule, str, str]] = [
    (nothing_runs_data, "app/api/forward.py", "import pickle\n"),
    (nothing_runs_data, "app/api/forward.py", "from pickle import loads\n"),
    (nothing_runs_data, "app/schemas/kernels.py", "x = eval(body.kernel)\n"),
    (nothing_runs_data, "app/schemas/kernels.py", "exec(text)\n"),
    (nothing_runs_data, "app/catalogue/dataset.py", "np.load(path, allow_pickle=True)\n"),
    (nothing_runs_data, "app/api/datasets.py", "(DATA / query.id).read_text()\n"),
    (nothing_runs_data, "app/web/playground.py", "open(request.path_params['path'])\n"),
    (nothing_runs_data, "app/main.py", "app.mount('/static', StaticFiles(directory='static'))\n"),
    (templates_escape, "templates/base.html", "{{ title | safe }}"),
    (templates_escape, "app/web/docs.py", "Markup(text)"),
]
ALLOWED: list[tuple[Rule, str, str]] = [
    (nothing_runs_data, "app/catalogue/dataset.py", "np.load(path, allow_pickle=False)\nnp.load(path)\n"),
    (nothing_runs_data, "app/web/assets.py", "path.read_bytes()\n"),
    (nothing_runs_data, "app/settings.py", "re.compile('x')\nmodel.eval()\n"),
    (nothing_runs_data, "tests/test_x.py", "exec('1')\n"),
    (templates_escape, "templates/base.html", "{{ title }}"),
]
