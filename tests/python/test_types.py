# SPDX-License-Identifier: MIT
"""The stub: by mypy's word, and against the module that was built."""

import inspect
import pathlib
import shutil
import subprocess
import sys
import types

import pytest

import consumer

PACKAGE = pathlib.Path(consumer.__file__).parent
EXAMPLE = pathlib.Path(__file__).with_name("typed_example.py")

# What the stub has and older interpreters have not.
NOT_AT_RUN_TIME = """
consumer.PyConsumerArray.__buffer__
consumer.PyConsumerArray.__release_buffer__
"""


@pytest.fixture
def check_with(tmp_path, monkeypatch):
    """Runs a module of mypy, which finds the stub and writes its cache here."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    stubs = tmp_path / "stubs"
    (stubs / "consumer").mkdir(parents=True)
    for name in ("__init__.pyi", "py.typed"):
        shutil.copy(PACKAGE / name, stubs / "consumer")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYPYPATH", str(stubs))
    if not PACKAGE.parent.name.endswith("-packages"):  # not installed
        monkeypatch.setenv("PYTHONPATH", str(PACKAGE.parent))

    def run(*arguments):
        command = [sys.executable, "-m", *arguments]
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr

    return run


def test_mypy(check_with):
    check_with("mypy", "--strict", str(EXAMPLE), "stubs/consumer/__init__.pyi")


def test_stubtest(check_with, tmp_path):
    allowlist = tmp_path / "allowlist"
    allowlist.write_text(NOT_AT_RUN_TIME if sys.version_info < (3, 12) else "")
    check_with("mypy.stubtest", "consumer", "--allowlist", str(allowlist))


def public_callables():
    yield from (consumer.consume, consumer.open, consumer.PyConsumerArray)
    for each in (consumer.PyConsumerArray, consumer.Summary):
        for value in vars(each).values():
            if isinstance(value, types.MethodDescriptorType):
                yield value


@pytest.mark.parametrize(
    "function", list(public_callables()), ids=lambda f: f.__qualname__
)
def test_signatures(function):
    """Docstrings begin with one that inspect understands."""
    signature = inspect.signature(function)
    assert function.__doc__ and not function.__doc__.startswith(function.__name__)
    if isinstance(function, types.MethodDescriptorType):
        assert next(iter(signature.parameters)) == "self"


def test_signatures_cover_the_methods():
    names = {function.__qualname__ for function in public_callables()}
    assert len(names) > 20
    assert {"open", "PyConsumerArray.tofile", "Summary.__reduce__"} <= names


def test_defaults():
    signature = inspect.signature(consumer.PyConsumerArray.tofile)
    assert str(signature) == "(self, /, file, format='raw')"
    assert inspect.signature(consumer.open).parameters["mode"].default == "r"
