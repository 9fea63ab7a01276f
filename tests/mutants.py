#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Do the tests notice a fault?  "make mutants" puts in one after the other.

universalmutator (PyPI) makes the mutants: copies of a source file with one
line changed.  Each is compiled, linked into the test programs of its room in
place of the original, and these run until one fails: the mutant is killed.  A
mutant with the object code of the original is none.

Those that survive stand in tests/mutants_survived.txt, each with the reason; it
is an error if others do, so that they get a test or a reason.

Runs in the build directory, after "make"; srcdir, CC and the flags come from
the Makefile.  Everything goes to mutants/ there.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import time

# The mutants, and so the list of survivors, are those of this version.
TOOL = "universalmutator==1.14.1"

SOURCE = pathlib.Path(os.environ.get("srcdir", ".")).resolve()
BUILD = pathlib.Path.cwd()
WORK = BUILD / "mutants"
CHECK = BUILD / ".libs/libcheck_run.a"
LIST = SOURCE / "tests/mutants_survived.txt"

# Each room's tests, the quickest first.
ROOMS = {
    "src/npy.c": ["fuzz_npy", "check_npy"],
    "src/typecode.c": ["fuzz_typecode", "check_typecode"],
    "src/element.c": ["fuzz_number", "check_element"],
    "src/number.c": ["fuzz_number", "check_number", "check_store"],
    "src/decimal.c": ["check_decimal"],
    "src/hexadecimal.c": ["check_hexadecimal"],
    "src/wide.h": ["check_wide"],
    "src/exact.c": ["check_exact", "check_summary"],
    "src/summary.c": ["check_summary"],
    "src/quantile.c": ["check_quantile"],
    "src/histogram.c": ["check_histogram"],
}

# A header has no object of its own: this is compiled with it.
USERS = {"src/wide.h": "tests/check_wide.c"}

MAX_MEMORY_KIB = 4 << 20

# Warnings may be what is wrong with a mutant, but what is no C any more is one
# only by accident.
LENIENCE = (
    "-Wno-error",
    "-Werror=implicit-int",
    "-Werror=implicit-function-declaration",
    "-Werror=int-conversion",
    "-Werror=return-type",
    "-Werror=incompatible-pointer-types",
)

# What the tests do not see, they may see with these, as "make check" does when
# it is built with them.
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")

# A test that fails need not go on to the next one.
STOP = "#include <unistd.h>\nvoid __wrap__ck_assert_failed(void) { _exit(1); }\n"

Mutant = collections.namedtuple("Mutant", "file path line original mutated")


def words(name):
    """The words of a variable of the Makefile."""
    return shlex.split(os.environ.get(name, ""))


def one_line(lines):
    """Lines as the list of survivors has them."""
    return " ".join(" ".join(lines).split())


def children_seconds():
    """What the commands so far took of the CPU."""
    times = os.times()
    return times.children_user + times.children_system


def run(command, cpu_seconds, memory=MAX_MEMORY_KIB, **options):
    """The exit status of a command, which cannot take much of the machine."""
    limits = f"ulimit -c 0 -t {cpu_seconds} -v {memory}"
    with subprocess.Popen(
        ["/bin/bash", "-c", f'{limits}; exec nice "$@"', "bash", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **options,
    ) as process:
        try:
            return process.wait(timeout=30 + 10 * cpu_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


# --- The tool -----------------------------------------------------------------


def find_tool():
    """The mutator; None if there is none and none can be had."""
    environment = WORK / "venv"
    tool = environment / "bin/mutate"
    if tool.exists():
        return tool
    commands = [
        [sys.executable, "-m", "venv", environment],
        [environment / "bin/pip", "install", "-q", TOOL],
    ]
    for command in commands:
        if subprocess.run(command, check=False).returncode != 0:
            shutil.rmtree(environment, ignore_errors=True)
            return None
    return tool


def make_mutants(tool, file):
    """All mutants of a file."""
    folder = WORK / "made" / pathlib.Path(file).name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(
        [tool, SOURCE / file, "--noCheck", "--mutantDir", folder],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    original = (SOURCE / file).read_text().splitlines()
    paths = [path for path in folder.iterdir() if ".mutant." in path.name]
    paths.sort(key=lambda path: int(path.name.split(".")[-2]))
    return [compare(file, original, path) for path in paths]


def compare(file, original, path):
    """The mutant in 'path', which has one line changed, or made into more."""
    lines = path.read_text().splitlines()
    n_more = len(lines) - len(original)
    at = 0
    while lines[at] == original[at] and at < len(original) - 1:
        at += 1
    # A line that was put behind another one belongs to that.
    if n_more and lines[at + n_more :] == original[at:]:
        at -= 1
    return Mutant(
        file,
        path,
        at + 1,
        one_line(original[at : at + 1]),
        one_line(lines[at : at + 1 + n_more]),
    )


# --- One mutant ----------------------------------------------------------------


class Room:
    """How to compile a file, and the programs that test it."""

    def __init__(self, file):
        self.file = file
        self.compiled = USERS.get(file, file)
        self.cpu_seconds = {}
        folder = WORK / "original" / pathlib.Path(file).name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for flags in (SANITIZERS, ()):
            self.cpu_seconds[flags] = 100
            before = children_seconds()
            self.object = self.compile(SOURCE / file, folder, flags)
            fate = self.object and self.run_tests(self.object, folder, flags)
            if fate != "survived":
                sys.exit(f"{file}: its tests fail without a mutant")
            self.cpu_seconds[flags] = 3 + int(2 * (children_seconds() - before))

    def compile(self, changed, folder, flags=()):
        """The object file of 'changed', put in place of the file."""
        shutil.copy(changed, folder / pathlib.Path(self.file).name)
        source = folder / pathlib.Path(self.compiled).name
        if self.compiled != self.file:
            shutil.copy(SOURCE / self.compiled, source)
        made = source.with_suffix(".o")
        command = [
            *words("CC"),
            *("-O2", "-fPIC", *words("CONSUMER_CFLAGS"), *LENIENCE, *flags),
            *("-D_GNU_SOURCE", "-DHAVE_CONFIG_H", "-DKERNEL_VARIANT=portable"),
            *(f"-I{BUILD}", f"-I{SOURCE}/src", f"-I{SOURCE}/tests"),
            *("-c", source.name, "-o", made.name),
        ]
        return made if run(command, 60, cwd=folder) == 0 else None

    def passes(self, test, made, folder, flags):
        """Whether a test program with this object passes; None: no program."""
        objects = BUILD / "tests"
        if test.startswith("fuzz"):
            parts = [objects / "fuzz" / f"{x}.o" for x in (test, "fuzz", "replay")]
        elif self.compiled == f"tests/{test}.c":
            parts = []
        else:
            parts = [objects / f"{test}-{test}.o"]
        program = folder / test
        command = [
            *(*words("CC"), *flags, "-w", "-x", "c", WORK / "stop.c", "-x", "none"),
            *(made, *parts),
            *(CHECK, BUILD / ".libs/libconsumer_core.a"),
            *(*words("CHECK_LDFLAGS"), "-Wl,--wrap=_ck_assert_failed"),
            *(*words("CHECK_LIBS"), "-lm", "-lpthread", "-o", program),
        ]
        if run(command, 60) != 0:
            return None
        variables = {
            **os.environ,
            "srcdir": str(SOURCE),
            "TMPDIR": str(folder),
            # In one process a test may leave memory behind.
            "CK_FORK": "yes" if flags else "no",
            # Of the kernels' variants, that which each machine has.
            "CONSUMER_KERNELS": "portable",
        }
        # Sanitizers reserve addresses without end.
        memory = "unlimited" if flags else MAX_MEMORY_KIB
        return run([program], self.cpu_seconds[flags], memory, env=variables) == 0

    def judge(self, mutant):
        """What becomes of a mutant."""
        folder = WORK / "tried" / mutant.path.name
        folder.mkdir(parents=True)
        try:
            made = self.compile(mutant.path, folder)
            if not made:
                return "not compiled"
            if made.read_bytes() == self.object.read_bytes():
                return "same code"
            fate = self.run_tests(made, folder)
            if fate == "survived":
                made = self.compile(mutant.path, folder, SANITIZERS)
                fate = self.run_tests(made, folder, SANITIZERS)
            return fate
        finally:
            shutil.rmtree(folder)

    def run_tests(self, made, folder, flags=()):
        """What becomes of a mutant that compiles."""
        for test in ROOMS[self.file]:
            passes = self.passes(test, made, folder, flags)
            if not passes:
                return "not compiled" if passes is None else "killed"
        return "survived"


# --- The list --------------------------------------------------------------------


def read_list():
    """(file, original, mutated) of those that may survive, each with a reason."""
    known = {}
    file = original = None
    pending = []
    for text in LIST.read_text().splitlines() if LIST.exists() else []:
        if text.startswith("#") or not text.strip():
            continue
        mark, rest = text[0], one_line([text[1:]])
        if mark == "-":
            original = rest
        elif mark == "+":
            pending.append((file, original, rest))
        elif mark == "=":
            known.update(dict.fromkeys(pending, rest))
            pending = []
        else:
            file = text.strip()
    if pending:
        sys.exit(f"{LIST}: no reason for {pending[0]}")
    return known


def lot(seed, mutant):
    """Mutants with the least ones are tried: the same ones, if others go."""
    text = f"{seed} {mutant.original} {mutant.mutated}"
    return hashlib.sha256(text.encode()).digest()


def try_file(tool, file, options):
    """Tries the mutants of a file; returns how many fared how, and survivors."""
    room = Room(file)
    mutants = make_mutants(tool, file)
    n_made = len(mutants)
    mutants.sort(key=lambda mutant: lot(options.seed, mutant))
    mutants = mutants[: options.sample or n_made]
    shutil.rmtree(WORK / "tried", ignore_errors=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        fates = list(pool.map(room.judge, mutants))
    shutil.rmtree(WORK / "made")
    survivors = [m for m, fate in zip(mutants, fates) if fate == "survived"]
    return n_made, collections.Counter(fates), sorted(survivors, key=lambda m: m.line)


def percentage(count):
    """Of those that do something else, how many a test noticed."""
    n = count["killed"] + count["survived"]
    return 100 * count["killed"] / n if n else 100.0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="such as npy.c (all)")
    add = parser.add_argument
    add("--sample", type=int, default=100, help="of a file (100); 0: all")
    add("--seed", type=int, default=1, help="another sample (1)")
    add("--jobs", type=int, default=2, help="at once (2)")
    options = parser.parse_args()
    by_name = {pathlib.Path(file).name: file for file in ROOMS}
    for name in options.files:
        if name not in by_name:
            parser.error(f"{name}: not one of {' '.join(by_name)}")
    options.files = [by_name[name] for name in options.files] or list(ROOMS)
    return options


def main():
    options = arguments()
    WORK.mkdir(exist_ok=True)
    (WORK / "stop.c").write_text(STOP)
    if not CHECK.exists():
        print("skipped: Check is missing (Debian: check)")
        return 77
    tool = find_tool()
    if not tool:
        print(f"skipped: {TOOL} cannot be had from the package index")
        return 77
    known = read_list()
    total = collections.Counter()
    columns = "{:20} {:>6} {:>6} {:>9} {:>9} {:>7} {:>8} {:>7} {:>6}"
    heads = ("file", "made", "tried", "no-compile", "same-code", "killed")
    print(columns.format(*heads, "survived", "listed", "time"), flush=True)
    for file in options.files:
        start = time.monotonic()
        n_made, count, survivors = try_file(tool, file, options)
        new = [m for m in survivors if (file, m.original, m.mutated) not in known]
        count["made"] = n_made
        count["tried"] = sum(count.values()) - n_made
        count["listed"] = len(survivors) - len(new)
        total += count
        print_row(columns, file, count, time.monotonic() - start)
        for mutant in new:
            print(f"{file}:{mutant.line} survived, and is not in {LIST.name}:")
            print(f"- {mutant.original}\n+ {mutant.mutated}", flush=True)
    print_row(columns, "all", total, 0)
    print(f"{percentage(total):.1f} % killed")
    return 1 if total["survived"] > total["listed"] else 0


def print_row(columns, name, count, seconds):
    """A line of the table."""
    keys = ("made", "tried", "not compiled", "same code", "killed", "survived")
    cells = [count[key] for key in (*keys, "listed")]
    time_text = f"{seconds:.0f} s" if seconds else ""
    print(columns.format(name, *cells, time_text), flush=True)


if __name__ == "__main__":
    sys.exit(main())
