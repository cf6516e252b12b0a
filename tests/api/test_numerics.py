"""A response names what computed its numbers."""

import os
import subprocess
import sys

import httpx
import numpy as np
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/version", "/api/v1/kernels", "/nowhere"])
async def test_response_names_the_numerics_that_made_it(http: httpx.AsyncClient, path: str) -> None:
    numerics = (await http.get("/version")).json()["numerics"]
    assert numerics.startswith(f"numpy-{np.__version__} ")
    assert (await http.get(path)).headers["x-numerics"] == numerics


def test_kernels_that_the_environment_chooses_are_named() -> None:
    if "openblas" not in str(np.show_config(mode="dicts")):
        pytest.skip("this numpy has another BLAS")
    code = "from app.engine.numerics import numerics; print(numerics())"
    named = {
        core: subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"OPENBLAS_CORETYPE": core},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for core in ("Haswell", "Sandybridge")
    }
    if named["Haswell"] == named["Sandybridge"]:
        pytest.skip("this processor has none of these kernels")
    assert {core: name.split()[-1] for core, name in named.items()} == {core: core for core in named}
