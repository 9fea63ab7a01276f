# SPDX-License-Identifier: MIT
"""The Python module beside memoryview, array.array and NumPy.

Both sides of a row run in this process, in turns; the times are the medians of
the rounds, and the ratio is the median of the rounds' ratios, which a machine
that changes its speed meanwhile disturbs least.  Run it on an idle machine,
against an optimised build:

    PYTHONPATH=python /usr/bin/python3 bench/bench_python.py

--limited DIRECTORY puts the ratios of another build beside them, that of the
package 'consumer' in that directory.

--instructions counts what the rows with memoryview (or those named) execute, and
where, by valgrind's callgrind, instead of timing them: that is the same on a busy
machine.
"""

import argparse
import array
import collections
import functools
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import timeit

import consumer

# What a round takes at least, and how many there are.
ROUND_SECONDS = 0.002
ROUNDS = 51
SLOW_ROUNDS = 15

# name, our statement, theirs, most of their time that ours may take.
# v is our view of the array a, m the memoryview, n a thousand or a million; the
# letters before them: b are bytes that can be written, c constant ones, s short.
SMALL = [
    ("consume(a)", "consume(a)", "memoryview(a)", 0.7),
    ("consume(m)", "consume(m)", "memoryview(m)", 1.0),
    ("consume(v)", "consume(v)", "memoryview(m)", 1.0),
    ("with consume(a)", "with consume(a): pass", "with memoryview(a): pass", 1.0),
    ("consume(a).release()", "consume(a).release()", "memoryview(a).release()", 1.0),
    ("v[i]", "v[500]", "m[500]", 0.9),
    ("v[i] = x", "v[500] = 7", "m[500] = 7", 1.0),
    ("len(v)", "len(v)", "len(m)", 1.0),
    ("v[1:-1]", "v[1:-1]", "m[1:-1]", 1.0),
    ("v[::2]", "v[::2]", "m[::2]", 1.0),
    ('v.cast("B")', 'v.cast("B")', 'm.cast("B")', 1.0),
    ('b.cast("i")', 'bv.cast("i")', 'bm.cast("i")', 1.0),
    ("v.toreadonly()", "v.toreadonly()", "m.toreadonly()", 1.0),
    ("b[4:8] = bytes", "bv[4:8] = octets", "bm[4:8] = octets", 1.0),
    ("memoryview(v)", "memoryview(v)", "memoryview(m)", 1.0),
    ("bytes(v)", "bytes(v)", "bytes(m)", 1.0),
    ("hash(c)", "hash(cv)", "hash(cm)", 1.0),
    ("v.nbytes", "v.nbytes", "m.nbytes", 1.0),
    ("v.shape", "v.shape", "m.shape", 1.0),
    ("v.format", "v.format", "m.format", 1.0),
    ("v.readonly", "v.readonly", "m.readonly", 1.0),
    ("v.c_contiguous", "v.c_contiguous", "m.c_contiguous", 1.0),
    ("v.obj", "v.obj", "m.obj", 1.0),
    ("iter(v)", "iter(v)", "iter(m)", 1.0),
    ("v.tolist(), 16", "sv.tolist()", "sm.tolist()", 1.0),
    ("b.tolist(), 4,000", "bv.tolist()", "bm.tolist()", 1.0),
]
SIZED = [
    ("for x in v", "for x in v: pass", "for x in m: pass", 1.0),
    ("reversed(v)", "for x in reversed(v): pass", "for x in reversed(m): pass", 1.0),
    ("v.tolist()", "v.tolist()", "m.tolist()", 1.0),
    ("v.tobytes()", "v.tobytes()", "m.tobytes()", 1.0),
    ("v == v2", "v == v2", "m == m2", 1.0),
    ("x in v (miss)", "-1 in v", "-1 in m", 1.0),
    ("v.index(last)", "v.index(last)", "a.index(last)", 1.0),
    ("v.count(x)", "v.count(7)", "a.count(7)", 1.0),
    ("v.hex()", "v.hex()", "m.hex()", 1.0),
]
REDUCTIONS = ["min", "max", "sum", "mean", "std"]
REDUCED_SIZES = [1_000, 1_000_000, 16_000_000]
REDUCED_TYPES = ["int32", "int64", "float32", "float64"]
IMPORT_MS = 5.0


def run_in_turns(statements, namespace, rounds):
    """The nanoseconds of each statement, by round; None if one does not run."""
    timers, counts = [], []
    for statement in statements:
        timer = timeit.Timer(statement, globals=namespace)
        try:
            timer.timeit(1)
            once = timer.timeit(1)
        except Exception as exception:
            print(f"# {statement}: {exception!r}", file=sys.stderr)
            return None
        if once < ROUND_SECONDS / 10:
            once = timer.timeit(100) / 100
        timers.append(timer)
        counts.append(max(1, round(ROUND_SECONDS / once)))
    times = [[] for _ in timers]
    for _ in range(rounds):
        for timer, count, kept in zip(timers, counts, times):
            kept.append(timer.timeit(count) / count * 1e9)
    return times


def result(name, peer, target, times):
    ours = theirs = ratio = None
    if times:
        ours, theirs = (statistics.median(kept) for kept in times)
        ratio = statistics.median(a / b for a, b in zip(*times))
    return {
        "name": name,
        "peer": peer,
        "target": target,
        "ours_ns": ours,
        "theirs_ns": theirs,
        "ratio": ratio,
    }


def memoryview_namespace(n):
    a = array.array("i", range(n))
    same = array.array("i", range(n))
    short = array.array("i", range(1000, 1016))
    octets = bytearray(4 * n)
    return {
        "consume": consumer.consume,
        "a": a,
        "v": consumer.consume(a),
        "m": memoryview(a),
        "v2": consumer.consume(same),
        "m2": memoryview(same),
        "bv": consumer.consume(octets),
        "bm": memoryview(octets),
        "cv": consumer.consume(bytes(n)),
        "cm": memoryview(bytes(n)),
        "sv": consumer.consume(short),
        "sm": memoryview(short),
        "octets": b"abcd",
        "last": n - 1,
    }


def memoryview_rows():
    for n in (1_000, 1_000_000):
        namespace = memoryview_namespace(n)
        for name, ours, theirs, target in SIZED if n > 1000 else SMALL + SIZED:
            label = f"{name}, {n:,}" if (name, ours, theirs, target) in SIZED else name
            rounds = SLOW_ROUNDS if n > 1000 else ROUNDS
            times = run_in_turns([ours, theirs], namespace, rounds)
            peer = "array" if theirs.startswith("a.") else "memoryview"
            yield result(label, peer, target, times)


# --- Instructions -------------------------------------------------------------


@functools.lru_cache
def count_instructions(statement, times):
    """What a process that runs the statement so often executes, by its library."""
    with tempfile.NamedTemporaryFile("r") as file:
        subprocess.run(
            ["valgrind", "--tool=callgrind", "--compress-strings=no"]
            + ["--compress-pos=no", f"--callgrind-out-file={file.name}"]
            + [sys.executable, __file__, "--run", statement, str(times)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            stderr=subprocess.DEVNULL,
        )
        return parse_callgrind(file)


def parse_callgrind(lines):
    counts = collections.Counter()
    library, is_call = None, False
    for line in lines:
        if line.startswith("ob="):
            library = line[3:].strip()
        elif line[0].isdigit():  # a position and its cost, or that of a call
            if not is_call:
                counts[library] += int(line.split()[1])
        is_call = line.startswith("calls=")
    return counts


def instructions_by_part(statement, times):
    """Instructions of one run: in consumer, in all else."""
    ours = others = 0
    for name, sign in ((statement, 1), ("pass", -1)):
        for library, count in count_instructions(name, times).items():
            if "_consumer" in library:
                ours += sign * count / times
            else:
                others += sign * count / times
    return ours, others


def show_instructions(names):
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed")
    print("| operation | consumer: in it | elsewhere | memoryview | ratio |")
    print("|---|---|---|---|---|")
    for row in SMALL + SIZED:
        name, ours, theirs, _ = row
        if names and name not in names:
            continue
        times = 20 if row in SIZED else 2000
        inside, outside = instructions_by_part(ours, times)
        peer = sum(instructions_by_part(theirs, times))
        ratio = (inside + outside) / peer
        cells = [name, *(f"{x:,.0f}" for x in (inside, outside, peer)), f"{ratio:.2f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


def run(statement, times):
    timeit.Timer(statement, globals=memoryview_namespace(1000)).timeit(times)


# --- NumPy --------------------------------------------------------------------


def numpy_rows():
    import numpy  # not where instructions are counted

    generator = numpy.random.default_rng(1)
    for n in REDUCED_SIZES:
        for dtype in REDUCED_TYPES:
            if dtype.startswith("int"):
                a = generator.integers(-(2**31), 2**31, n, dtype)
            else:
                a = generator.standard_normal(n, dtype)
            namespace = {"a": a, "v": consumer.consume(a)}
            for name in REDUCTIONS:
                target = None
                if name in ("min", "max", "sum"):
                    target = 5.0 if name == "sum" and dtype[0] == "f" else 1.0
                rounds = SLOW_ROUNDS if n > 1_000_000 else ROUNDS
                statements = [f"v.{name}()", f"a.{name}()"]
                times = run_in_turns(statements, namespace, rounds)
                yield result(f"{name}, {dtype}, {n:,}", "numpy", target, times)


def import_row():
    """Milliseconds of "import consumer", in fresh interpreters."""
    times = {"import consumer": [], "pass": []}
    for _ in range(ROUNDS):
        for program, kept in times.items():
            start = time.perf_counter_ns()
            subprocess.run([sys.executable, "-S", "-c", program], check=True)
            kept.append(time.perf_counter_ns() - start)
    with_it, without = (statistics.median(kept) for kept in times.values())
    added = with_it - without
    return {
        "name": "import consumer",
        "peer": "5 ms",
        "target": 1.0,
        "ours_ns": added,
        "theirs_ns": IMPORT_MS * 1e6,
        "ratio": added / (IMPORT_MS * 1e6),
    }


def machine():
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            names = [line for line in file if line.startswith("model name")]
        model = names[0].split(":")[1].strip()
    except (OSError, IndexError):
        pass
    return {
        "cpu": model,
        "cpus": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "numpy": importlib.metadata.version("numpy"),
        "consumer": consumer.__version__,
    }


def measure_other(directory, quick):
    """The ratios of another build, by name."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, __file__, "--json", file.name]
        subprocess.run(
            command + ["--quick"] * quick,
            check=True,
            env={**os.environ, "PYTHONPATH": os.path.abspath(directory)},
            stdout=subprocess.DEVNULL,
        )
        rows = json.load(file)["rows"]
    return {row["name"]: row["ratio"] for row in rows}


def show_time(nanoseconds):
    if nanoseconds is None:
        return "-"
    for unit, size in (("ns", 1), ("us", 1e3), ("ms", 1e6)):
        if nanoseconds < 1000 * size or unit == "ms":
            return f"{nanoseconds / size:.3g} {unit}"


def show_ratio(ratio):
    return "-" if ratio is None else f"{ratio:.2f}"


def show(row, limited):
    misses = row["target"] and row["ratio"] and row["ratio"] > row["target"]
    cells = [
        row["name"],
        row["peer"],
        show_time(row["ours_ns"]),
        show_time(row["theirs_ns"]),
        f"<= {row['target']}" if row["target"] else "",
        show_ratio(row["ratio"]) + (" *" if misses else ""),
    ]
    if limited is not None:
        cells.append(show_ratio(limited.get(row["name"])))
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--limited", metavar="DIRECTORY")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller")
    parser.add_argument("--instructions", metavar="OPERATION", nargs="*")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        return run(arguments.run[0], int(arguments.run[1]))
    if arguments.instructions is not None:
        return show_instructions(arguments.instructions)
    if arguments.quick:
        global ROUNDS, SLOW_ROUNDS
        ROUNDS = SLOW_ROUNDS = 5
        del REDUCED_SIZES[2:]

    limited = None
    if arguments.limited:
        limited = measure_other(arguments.limited, arguments.quick)
    described = machine()
    print(", ".join(f"{key} {value}" for key, value in described.items()))
    print()
    titles = ["operation", "peer", "consumer", "peer's", "target", "ratio"]
    titles += ["limited API"] if limited is not None else []
    print("| " + " | ".join(titles) + " |")
    print("|" + "---|" * len(titles))
    rows = []
    for source in (memoryview_rows(), numpy_rows(), [import_row()]):
        for row in source:
            show(row, limited)
            rows.append(row)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": described, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
