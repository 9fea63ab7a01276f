# SPDX-License-Identifier: MIT
"""What setup.py reads from Makefile.am and configure.ac is what make builds."""

import pathlib
import re
import runpy

import pytest

ROOT = pathlib.Path(__file__).parents[2]

pytest.importorskip("setuptools")
if not (ROOT / "setup.py").exists() or not (ROOT / "Makefile.am").exists():
    pytest.skip("tests without the sources", allow_module_level=True)


@pytest.fixture
def setup(monkeypatch):
    """The names in setup.py, which builds nothing here."""
    import setuptools

    arguments = {}
    monkeypatch.setattr(setuptools, "setup", arguments.update)
    monkeypatch.chdir(ROOT)
    names = runpy.run_path("setup.py")
    return {**names, "arguments": arguments}


def test_every_source_of_library_and_module(setup):
    (extension,) = setup["arguments"]["ext_modules"]
    kernels = setup["sources"]("libkernels_portable_la")
    assert "src/kernels_float.c" in kernels
    built = set(extension.sources) | set(kernels)
    there = {path.name for path in (ROOT / "src").glob("*.c")}
    program = {name for name in there if re.match(r"(consumer-)?cli", name)}
    assert built == {f"src/{name}" for name in there - program}


def test_version_and_flags(setup):
    version = re.search(r"^AC_INIT.*\[([0-9.]+)\]", setup["CONFIGURE"], re.M)[1]
    assert setup["arguments"]["version"] == version
    assert {"-fvisibility=hidden", "-ffp-contract=off"} <= set(setup["code_flags"]())
    assert "-mavx2" in setup["shell_variable"]("AVX2_CFLAGS")
    avx512 = setup["shell_variable"]("AVX512_CFLAGS")
    assert {"-mavx512f", "-mprefer-vector-width=512"} <= set(avx512)


def test_limited_api(setup, monkeypatch):
    (extension,) = setup["arguments"]["ext_modules"]
    assert extension.py_limited_api is setup["IS_LIMITED"]
    monkeypatch.setenv("CONSUMER_LIMITED_API", "0")
    assert runpy.run_path("setup.py")["IS_LIMITED"] is False
