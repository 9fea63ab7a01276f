# SPDX-License-Identifier: MIT
"""Runs the examples of README.md and of the docstrings as they are printed."""

import doctest
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
README = (SOURCE / "README.md").read_text()
BUILD = pathlib.Path(os.environ.get("builddir", ".")).resolve()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


C_EXAMPLES = re.findall(
    r"^```c\n(.*?)^```$\s+It prints `(.*?)`", README, re.M | re.S
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the console examples ran, so that data.bin is there."""
    cli = os.environ.get("CONSUMER_CLI")
    cram = os.environ.get("CRAM") or shutil.which("cram3") or shutil.which("cram")
    if not cli or not cram:
        pytest.skip("needs consumer-cli (CONSUMER_CLI) and cram")
    folder = tmp_path_factory.mktemp("readme")
    transcript = folder / "readme.t"
    transcript.write_text(
        "".join("  " + line for line in "".join(blocks("console")).splitlines(True))
        + "  $ cp data.bin $TESTDIR\n"
    )
    # cram takes a variable CRAM for options of its own
    environment = {k: v for k, v in os.environ.items() if k != "CRAM"}
    path = f"{pathlib.Path(cli).resolve().parent}:{os.environ['PATH']}"
    result = subprocess.run(
        [cram, "readme.t"],
        cwd=folder,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    return folder


def test_there_are_three_examples_of_each():
    assert len(blocks("console")) >= 3
    assert len(blocks("pycon")) >= 3
    assert len(blocks("c")) == len(C_EXAMPLES) == 3


def test_console(folder):
    assert (folder / "data.bin").stat().st_size == 16


def test_python(folder, monkeypatch):
    monkeypatch.chdir(folder)
    test = doctest.DocTestParser().get_doctest(
        "\n".join(blocks("pycon")), {}, "README.md", "README.md", 0
    )
    results = doctest.DocTestRunner().run(test)
    assert results.attempted >= 5
    assert results.failed == 0


@pytest.mark.parametrize("number", range(len(C_EXAMPLES)))
def test_c(folder, number):
    program, output = C_EXAMPLES[number]
    compiler = shlex.split(os.environ.get("CC", "cc"))
    flags = shlex.split(os.environ.get("CONSUMER_LDFLAGS", ""))
    (folder / f"example{number}.c").write_text(program)
    subprocess.run(
        [*compiler, "-Wall", "-Wextra", "-Werror", *flags]
        + [f"-I{SOURCE / 'src'}", "-o", f"example{number}", f"example{number}.c"]
        + [f"-L{BUILD / '.libs'}", f"-Wl,-rpath,{BUILD / '.libs'}", "-lconsumer"],
        cwd=folder,
        check=True,
    )
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    result = subprocess.run(
        [f"./example{number}"],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert result.stdout.rstrip("\n") == output
