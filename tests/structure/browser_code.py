"""What static/ and templates/ may hold: main -> views -> charts -> lib, main -> effects -> api, and no inline code."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]

# The same in the browser: main -> views -> charts -> lib and main -> effects -> api.
MAY_IMPORT_JS: dict[str, set[str]] = {
    "lib": set(),
    "charts": {"lib"},
    "views": {"charts", "lib"},
    "state": {"lib"},
    "store": {"lib"},
    "api": {"lib"},
    "effects": {"api", "state", "lib"},
    "first-paint": set(),
    "docs": {"views", "effects", "lib"},  # the API docs page's own main
    "convolution": {"views", "charts", "api", "store", "lib"},  # the convolution page: its main, state, effects, views
    "main": {"views", "charts", "effects", "state", "store", "lib"},
}


JS_IMPORT = re.compile(
    r"""(?:^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*|^\s*import\s*|\bimport\s*\(\s*)['"`]([^'"`]+)['"`]""", re.MULTILINE
)


def javascript_imports(path: str, text: str) -> list[str]:
    if not (path.startswith("static/js/")):
        return []
    here = PurePosixPath(path)
    part = js_part(here)
    if part not in MAY_IMPORT_JS:
        return [f"{path}: {part} has no place in MAY_IMPORT_JS of this test: say what it may import"]
    faults = []
    for found in JS_IMPORT.finditer(text):
        name = found.group(1)
        if not name.startswith(("./", "../")):
            faults.append(f"{path}: imports {name}, which is not a file of this project")
            continue
        target = Path(ROOT, here.parent, name).resolve()
        relative = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else name
        if not relative.startswith("static/js/"):
            faults.append(f"{path}: imports {name}, outside static/js")
        elif (to := js_part(PurePosixPath(relative))) != part and to not in MAY_IMPORT_JS[part]:
            faults.append(f"{path}: {part} may not import {to} ({name})")
    return faults


def js_part(path: PurePosixPath) -> str:
    inside = path.relative_to("static/js")
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def javascript_is_checked(path: str, text: str) -> list[str]:
    ours = path.startswith("static/js/")
    return [f"{path}: must start with // @ts-check"] if ours and not text.startswith("// @ts-check\n") else []


def javascript_writes_no_html(path: str, text: str) -> list[str]:
    if not path.startswith("static/js/"):
        return []
    banned = re.finditer(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTMLUnsafe|eval|new Function)\b", text
    )
    return [f"{path}: {found.group(1)} could put a person's text in the page as HTML or code" for found in banned]


def stylesheets_have_no_ids(path: str, text: str) -> list[str]:
    if not path.startswith("static/css/"):
        return []
    # A selector is what stands before a brace and after the last brace or semicolon.
    selectors = re.findall(r"(?:^|[{};])([^{};]*)(?=\{)", _without_comments_and_strings(text))
    return [
        f"{path}: id selector {name}" for selector in selectors for name in re.findall(r"#[A-Za-z_-][\w-]*", selector)
    ]


def stylesheets_have_nothing_important(path: str, text: str) -> list[str]:
    if not path.startswith("static/css/"):
        return []
    return [f"{path}: !important"] * len(re.findall(r"!\s*important", _without_comments_and_strings(text)))


def stylesheets_import_nothing(path: str, text: str) -> list[str]:
    """Sheets are joined, and a browser ignores an `@import` that is not at the beginning."""
    if not path.startswith("static/css/"):
        return []
    return [f"{path}: @import in a sheet that is joined"] * len(
        re.findall(r"@import", _without_comments_and_strings(text))
    )


def _without_comments_and_strings(css: str) -> str:
    return re.sub(r"""/\*.*?\*/|"[^"]*"|'[^']*'""", '""', css, flags=re.DOTALL)


def templates_have_no_inline_code(path: str, text: str) -> list[str]:
    if not (path.startswith("templates/") and path.endswith(".html")):
        return []
    faults = [f"{path}: inline handler {found.group(1)}" for found in re.finditer(r"<[^>]*\s(on[a-z]+)\s*=", text)]
    faults += [f"{path}: style attribute or element" for _ in re.finditer(r"<[^>]*\sstyle\s*=|<style\b", text)]
    for found in re.finditer(r"<script\b([^>]*)>", text):
        if "src=" not in found.group(1) and 'type="application/json"' not in found.group(1):
            faults.append(f"{path}: inline script")
    return faults


Rule = Callable[[str, str], list[str]]
RULES: list[Rule] = [
    javascript_imports,
    javascript_is_checked,
    javascript_writes_no_html,
    stylesheets_have_no_ids,
    stylesheets_have_nothing_important,
    stylesheets_import_nothing,
    templates_have_no_inline_code,
]
PLANTED: list[tuple[Rule, str, str]] = [
    (javascript_imports, "static/js/views/dense.js", "import { forward } from '../api.js';\n"),
    (javascript_imports, "static/js/views/dense.js", "import {\n  a,\n  b,\n} from '../effects.js';\n"),
    (javascript_imports, "static/js/lib/dom.js", "import '../charts/tile.js';\n"),
    (javascript_imports, "static/js/charts/tile.js", "export * from '../views/dense.js';\n"),
    (javascript_imports, "static/js/api.js", "const x = await import('./effects.js');\n"),
    (javascript_imports, "static/js/main.js", "import d3 from 'd3';\n"),
    (javascript_imports, "static/js/main.js", "import d3 from 'https://example.com/d3.js';\n"),
    (javascript_imports, "static/js/lib/dom.js", "import x from '../../../tests/js/x.js';\n"),
    (javascript_imports, "static/js/shortcut.js", ""),
    (javascript_is_checked, "static/js/main.js", "/** Wiring. */\n// @ts-check\n"),
    (javascript_writes_no_html, "static/js/views/dense.js", "node.innerHTML = name;\n"),
    (javascript_writes_no_html, "static/js/views/dense.js", "node.insertAdjacentHTML('beforeend', name);\n"),
    (
        stylesheets_have_no_ids,
        "static/css/base.css",
        ".a { color: #fff }\n@media print { .b, #grid > i { color: red } }\n",
    ),
    (stylesheets_have_nothing_important, "static/css/base.css", ".a { color: red ! important }\n"),
    (
        stylesheets_import_nothing,
        "static/css/docs.css",
        '@import "../x.css";\n.docs { margin: 0 }\n',
    ),
    (templates_have_no_inline_code, "templates/base.html", "<script>go()</script>"),
    (templates_have_no_inline_code, "templates/base.html", '<button class="a" onclick="go()">'),
    (templates_have_no_inline_code, "templates/base.html", '<i style="color: red">'),
]
ALLOWED: list[tuple[Rule, str, str]] = [
    (
        javascript_imports,
        "static/js/charts/tile.js",
        "import { el } from '../lib/dom.js';\nimport { mini } from './mini.js';\n",
    ),
    (stylesheets_have_no_ids, "static/css/base.css", '/* #a{} */ .a::before { content: "#b {"; color: #abc }\n'),
    (stylesheets_import_nothing, "static/css/docs.css", "/* no @import here */ .docs { margin: 0 }\n"),
    (templates_have_no_inline_code, "templates/base.html", '<script type="module" src="x.js"></script>'),
    (templates_have_no_inline_code, "templates/base.html", '<script type="application/json">{}</script>'),
]
