# SPDX-License-Identifier: MIT
"""consumer-cli beside od, hexdump, cat, NumPy and a plain loop in C.

Each row runs ours and a peer in turns, after a warm-up, and compares medians;
what they read is in the page cache.  A row with a small input also says how it
does on a larger one.  Run it on an idle machine, in the build folder:

    python3 bench/bench_cli.py [--json FILE] [--quick]

The inputs (some GiB) go to a folder in $TMPDIR or /tmp, and are removed.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

MiB = 2**20
GiB = 2**30
CLI = "./consumer-cli"
LOOP = "./bench_loop"
N_CPUS = len(os.sched_getaffinity(0))

# How much faster than od lines of int32 have to be, by what the CPU has.
LINES_TARGETS = {"avx512": 100, "avx2": 60, "portable": 40}


def kernel_variant():
    """The variant that the program chooses here, from the CPU's flags."""
    forced = os.environ.get("CONSUMER_KERNELS")
    if forced:
        return forced
    flags = set()
    if platform.machine() == "x86_64":
        for line in open("/proc/cpuinfo"):
            if line.startswith("flags"):
                flags = set(line.split())
                break
    if {"avx512bw", "avx512_vbmi2", "avx512ifma"} <= flags:
        return "avx512"
    return "avx2" if {"avx2", "bmi2", "fma"} <= flags else "portable"


def seconds(command, shell=False):
    """The time that 'command' takes, its output thrown away."""
    start = time.perf_counter()
    subprocess.run(
        command,
        shell=shell,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def in_turns(ours, theirs, rounds):
    """Medians of both, after one run of each that does not count."""
    times = ([], [])
    for i in range(rounds + 1):
        for run, kept in zip((ours, theirs), times):
            took = run()
            if i > 0:
                kept.append(took)
    return tuple(statistics.median(kept) for kept in times)


def row(name, peer, target, ours, theirs, rounds=5, better="faster"):
    """A row: 'ours' and 'theirs' are functions that return seconds.

    better="faster": the ratio is how many times faster we are, and has to be
    the target or more; "slower": how much of the peer's time we take, and has
    to be the target or less.
    """
    mine, other = in_turns(ours, theirs, rounds)
    ratio = other / mine if better == "faster" else mine / other
    met = None
    if target is not None:
        met = ratio >= target if better == "faster" else ratio <= target
    result = {
        "name": name,
        "peer": peer,
        "ours_s": mine,
        "theirs_s": other,
        "ratio": ratio,
        "target": target,
        "better": better,
        "met": met,
    }
    sign = {"faster": ">=", "slower": "<="}[better]
    wanted = "" if target is None else f"{sign} {target:g}"
    mark = "" if met is not False else " *"
    print(
        f"| {name} | {peer} | {mine * 1e3:.4g} ms | {other * 1e3:.4g} ms "
        f"| {wanted} | {ratio:.3g}{mark} |",
        flush=True,
    )
    return result


def command(*words, shell=False):
    return lambda: seconds(words[0] if shell else list(map(str, words)), shell)


class Inputs:
    """The files, made when they are asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.random = numpy.random.default_rng(1)

    def path(self, name):
        return self.folder / name

    def numbers(self, kind, n_bytes):
        path = self.path(f"{kind}-{n_bytes // MiB}")
        if path.exists():
            return path
        with open(path, "wb") as file:
            while file.tell() < n_bytes:
                self.chunk(kind, min(64 * MiB, n_bytes - file.tell())).tofile(file)
        return path

    def chunk(self, kind, n_bytes):
        if kind == "adc":
            return self.random.integers(-2048, 2048, n_bytes // 4, "int32")
        if kind == "normal32":
            return self.random.standard_normal(n_bytes // 4, "float32")
        if kind == "normal64":
            return self.random.standard_normal(n_bytes // 8)
        # Random bits are random integers of any size.
        return numpy.frombuffer(self.random.bytes(n_bytes), "uint8")

    def sparse(self, n_bytes):
        path = self.path(f"sparse-{n_bytes}")
        with open(path, "wb") as file:
            file.truncate(n_bytes)
        return path

    def drop(self, path):
        path.unlink()


TEXT_CASES = [
    # name, contents, type, od's format, width, target
    ("int32", "random", "int32", "d4", 4, "lines"),
    ("int32, 12 bits", "adc", "int32", "d4", 4, None),
    ("int64", "random", "int64", "d8", 8, None),
    ("uint8", "random", "uint8", "u1", 1, None),
    ("float32, normal", "normal32", "float32", "fF", 4, None),
    ("float64, normal", "normal64", "float64", "fD", 8, 80),
]


def text_rows(inputs, variant, n_bytes):
    for name, contents, kind, code, width, target in TEXT_CASES:
        path = inputs.numbers(contents, n_bytes)
        if target == "lines":
            target = LINES_TARGETS[variant]
        yield row(
            f"{name}, one a line, {n_bytes // MiB} MiB",
            "od",
            target,
            command(CLI, "-t", kind, "-f", "lines", path),
            command("od", "-An", "-v", f"-w{width}", f"-t{code}", path),
            rounds=3,
        )
    if shutil.which("hexdump"):
        path = inputs.numbers("random", n_bytes)
        yield row(
            f"int32, one a line, {n_bytes // MiB} MiB",
            "hexdump",
            None,
            command(CLI, "-f", "lines", path),
            command("hexdump", "-v", "-e", '1/4 "%d\\n"', path),
            rounds=3,
        )


def pipe_rows(inputs, n_bytes):
    path = inputs.numbers("random", n_bytes)
    text = inputs.path("ready.txt")
    with open(text, "wb") as file:
        subprocess.run([CLI, "-f", "lines", path], stdout=file, check=True)
    yield row(
        f"int32 through a pipe, {n_bytes // MiB} MiB",
        "cat ready.txt",
        1.0,
        command(f"{CLI} -f lines {path} | cat", shell=True),
        command(f"cat {text} | cat", shell=True),
        rounds=7,
        better="slower",
    )
    inputs.drop(text)


NUMPY = """
import sys, time, numpy
a = numpy.memmap(sys.argv[1], sys.argv[2], mode="r")
for _ in range(int(sys.argv[3])):
    start = time.perf_counter()
    a.min(), a.max(), a.mean(), a.std(), a.sum()
    print(time.perf_counter() - start)
"""


def numpy_seconds(path, kind):
    """Of five reductions in a process that has started already."""

    def run():
        done = subprocess.run(
            [sys.executable, "-c", NUMPY, str(path), kind, "1"],
            stdout=subprocess.PIPE,
            check=True,
        )
        return float(done.stdout)

    return run


def stats_rows(inputs, n_bytes):
    size = f"{n_bytes // MiB} MiB"
    for kind, contents, target in (
        ("int32", "random", 20),
        ("float64", "normal64", 3),
    ):
        path = inputs.numbers(contents, n_bytes)
        ours = command(CLI, "-t", kind, "--stats", path)
        if kind == "int32":
            yield row(
                f"--stats, int32, {size}",
                f"a loop in C, {N_CPUS} threads",
                0.9,
                ours,
                command(LOOP, path, N_CPUS, 1),
                rounds=11,
            )
        yield row(
            f"--stats, {kind}, {size}",
            "NumPy's five",
            target,
            ours,
            numpy_seconds(path, kind),
            rounds=3,
        )
        yield row(
            f"--histogram, {kind}, {size}",
            "numpy.histogram",
            None,
            command(CLI, "-t", kind, "--histogram", path),
            numpy_job(path, kind, "numpy.histogram(a, 20)"),
            rounds=3,
        )
        yield row(
            f"--quantiles=1,50,99, {kind}, {size}",
            "numpy.percentile",
            None,
            command(CLI, "-t", kind, "--quantiles=1,50,99", path),
            numpy_job(path, kind, "numpy.percentile(a, [1, 50, 99])"),
            rounds=3,
        )
        inputs.drop(path)


def numpy_job(path, kind, job):
    program = f"""
import time, numpy
a = numpy.memmap({str(path)!r}, {kind!r}, mode="r")
start = time.perf_counter()
{job}
print(time.perf_counter() - start)
"""

    def run():
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, check=True
        )
        return float(done.stdout)

    return run


def start_rows(inputs):
    large, small = inputs.sparse(2**40), inputs.sparse(4096)
    ours = many(CLI, "--max", "10", large)
    yield row(
        "--max 10 of 1 TiB, 100 times",
        "the same of 4 KiB",
        1.1,
        ours,
        many(CLI, "--max", "10", small),
        rounds=11,
        better="slower",
    )
    yield row(
        "--max 10 of 1 TiB, 100 times",
        "od -N40",
        1.5,
        ours,
        many("od", "-An", "-td4", "-N40", large),
        rounds=11,
        better="slower",
    )


def many(*words):
    """A hundred starts by one shell, so that Python's own time is small."""
    quoted = " ".join(map(str, words))
    loop = f"i=0; while [ $i -lt 100 ]; do {quoted}; i=$((i+1)); done"
    return command("sh", "-c", loop)


def growth_rows(inputs):
    small, large = inputs.sparse(GiB), inputs.sparse(8 * GiB)

    def per_byte(path, n_bytes):
        run = command(CLI, "--stats", path)
        return lambda: run() / n_bytes * GiB

    yield row(
        "--stats, 8 GiB sparse, for each GiB",
        "1 GiB sparse",
        1.1,
        per_byte(large, 8 * GiB),
        per_byte(small, GiB),
        rounds=3,
        better="slower",
    )


def own_memory(words, source=None):
    """The most memory of its own that a process had, in bytes."""
    with open(os.devnull, "wb") as sink:
        with subprocess.Popen(
            list(map(str, words)), stdin=source, stdout=sink
        ) as process:
            peak = 0
            while process.poll() is None:
                try:
                    status = open(f"/proc/{process.pid}/status").read()
                except OSError:
                    break
                for line in status.splitlines():
                    if line.startswith("RssAnon:"):
                        peak = max(peak, int(line.split()[1]) * 1024)
                time.sleep(0.002)
    return peak


def memory_rows(inputs, n_bytes):
    path = inputs.numbers("random", n_bytes)
    cases = [
        ("-f lines", ["-f", "lines"], False),
        ("--stats", ["--stats"], False),
        ("--quantiles=1,50,99", ["--quantiles=1,50,99"], False),
        ("--histogram", ["--histogram"], False),
        ("-f lines, pipe", ["-f", "lines"], True),
        ("--stats, pipe", ["--stats"], True),
    ]
    for name, options, is_pipe in cases:
        if is_pipe:
            with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
                peak = own_memory([CLI, *options], cat.stdout)
        else:
            peak = own_memory([CLI, *options, path])
        met = peak <= 16 * MiB
        mark = "" if met else " *"
        print(
            f"| memory of its own, {name}, {n_bytes // MiB} MiB |  "
            f"| {peak / MiB:.1f} MiB |  | <= 16 MiB | {mark} |",
            flush=True,
        )
        yield {"name": f"memory, {name}", "bytes": peak, "met": met}


def cpu_name():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", help="write the rows to this file, too")
    parser.add_argument("--quick", action="store_true", help="small inputs only")
    arguments = parser.parse_args()
    variant = kernel_variant()
    large = 64 * MiB if arguments.quick else GiB
    print(f"cpu {cpu_name()}, cpus {N_CPUS}, kernels {variant}\n")
    print("| job | peer | consumer-cli | peer's | target | ratio |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="consumer-bench-") as folder:
        inputs = Inputs(folder)
        rows = [
            *text_rows(inputs, variant, 64 * MiB),
            *pipe_rows(inputs, 64 * MiB),
            *start_rows(inputs),
            *memory_rows(inputs, large),
            *stats_rows(inputs, large),
            *growth_rows(inputs),
        ]
    if arguments.json:
        report = {
            "cpu": cpu_name(),
            "cpus": N_CPUS,
            "kernels": variant,
            "date": time.strftime("%Y-%m-%d"),
            "rows": rows,
        }
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n")


main()
