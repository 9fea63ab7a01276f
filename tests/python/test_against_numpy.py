# SPDX-License-Identifier: MIT
"""Files written by NumPy, through consumer-cli and the module, beside NumPy.

Each random array is written by tofile() or save() and printed twice by
consumer-cli: its elements, and a summary of them.  What must come out is made
here from the array: text by Python's int and NumPy's shortest floats, sums by
fractions, quantiles and histograms by NumPy.  The module opens the same files
and must have the same numbers, to the bit.
"""

import io
import json
import math
import os
import random
import shlex
import warnings
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")

import consumer
from support import IS_LONG, TYPES, run_commands, same, same_bits, true_summary

CLI = os.environ.get("CONSUMER_CLI")

if not CLI:
    pytest.skip("CONSUMER_CLI does not name a consumer-cli", allow_module_level=True)

N_FILES = 2000 if IS_LONG else 600
TEXT_FORMATS = ("array", "lines", "csv", "json", "hex")


# --- Arrays and files ---------------------------------------------------------


def random_shape(generator: random.Random) -> tuple[int, ...]:
    if generator.randrange(100) == 0:
        return (generator.randrange(3000, 6000),)  # more than a block
    ndim = generator.randrange(5)
    longest = {0: 1, 1: 60, 2: 9, 3: 5, 4: 4}[ndim]
    return tuple(
        generator.choice([1, generator.randrange(1, longest + 1), longest])
        if generator.randrange(15)
        else 0
        for _ in range(ndim)
    )


def random_values(generator: random.Random, dtype: "np.dtype", limits: list, n: int):
    """Any bits, the ends of the range, what people have, or one number."""
    kind = generator.randrange(4)
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == 0:
            return np.frombuffer(generator.randbytes(n * dtype.itemsize), dtype)
        if kind == 1:
            values = [generator.choice(limits) for _ in range(n)]
        elif kind == 2:
            values = [round(generator.gauss(50, 20), 2) for _ in range(n)]
            values = np.clip(values, 0, 120)
        else:
            values = [generator.choice(limits)] * n
        return np.array(values).astype(dtype) if kind == 2 else np.array(values, dtype)


class Source:
    """A file, and the array in it."""

    def __init__(self, generator: random.Random, number: int, folder: Path):
        self.type, code, _, limits = TYPES[number % len(TYPES)]
        order = "<>"[number // len(TYPES) % 2]
        dtype = np.dtype(order + code)
        shape = random_shape(generator)
        self.array = random_values(generator, dtype, limits, math.prod(shape))
        self.array = self.array.reshape(shape, order=generator.choice("CF"))
        self.is_npy = generator.randrange(2) == 1
        self.n_before = generator.choice([0, 0, generator.randrange(1, 50)])
        self.n_behind = generator.choice([0, 0, 0, generator.randrange(dtype.itemsize)])
        self.code = order + code
        self.byte_order = {"<": "little", ">": "big"}[order]
        self.path = folder / f"{number}.bin"
        with self.path.open("wb") as file:
            file.write(bytes(self.n_before))
            if self.is_npy:
                np.save(file, self.array)
            else:
                self.array.tofile(file)
            file.write(bytes(self.n_behind))
        self.n_header = 0
        if self.is_npy:
            n_bytes = self.path.stat().st_size
            self.n_header = n_bytes - self.n_before - self.array.nbytes - self.n_behind

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape if self.is_npy else (self.array.size,)

    def options(self, generator: random.Random) -> list[str]:
        """What consumer-cli must be told about it."""
        words = []
        if self.n_before:
            number = generator.choice(["%d", "%#x"]) % self.n_before
            words.append(f"--offset={number}")
        if not self.is_npy or generator.randrange(4) == 0:
            if generator.randrange(2):
                words.append(f"--type={self.code}")
            else:
                words += ["-t", self.type, "-e", self.byte_order]
        return words

    def open(self) -> consumer.PyConsumerArray:
        return consumer.open(
            self.path,
            None if self.is_npy else self.code,
            offset=self.n_before,
            trailing="ignore",
        )


# --- Selections ---------------------------------------------------------------


class Selection:
    """Some options, and the elements that they leave."""

    def __init__(self, generator: random.Random, source: Source):
        self.n = source.array.size
        self.given = {}
        if generator.randrange(3) == 0:
            self.given["skip"] = generator.randrange(self.n + 1)
        elif generator.randrange(3) == 0:
            self.given["tail"] = generator.randrange(self.n + 3)
        if generator.randrange(3) == 0:
            self.given["step"] = generator.randrange(1, 8)
        indexes = self.cut(range(self.n))
        if generator.randrange(3) == 0:
            self.given["max"] = generator.randrange(len(indexes) + 2)
        self.is_cut = self.given.get("max", self.n) < len(indexes)
        self.indexes = indexes[: self.given.get("max")]
        # Only max leaves the rows as they are.
        self.keeps_shape = len(indexes) == self.n and not (
            "tail" in self.given or self.given.get("step", 1) > 1
        )
        self.shape = source.shape if self.keeps_shape else (len(indexes),)

    def cut(self, flat):
        """All but max, of anything that has slices."""
        first = self.given.get("skip", 0)
        if "tail" in self.given:
            first = max(self.n - self.given["tail"], 0)
        return flat[first :: self.given.get("step", 1)]

    def options(self) -> list[str]:
        return [f"--{name}={value}" for name, value in self.given.items()]

    def of(self, array: "np.ndarray") -> "np.ndarray":
        return array.ravel()[list(self.indexes)]

    def of_module(self, array: consumer.PyConsumerArray) -> consumer.PyConsumerArray:
        """The same of an array of the module, in its rows if only max cut."""
        if not self.keeps_shape:
            if array.ndim != 1:
                array = consumer.consume(array.tobytes(), array.format)
            array = self.cut(array)
        return array


# --- What must come out -------------------------------------------------------


def native(array: "np.ndarray") -> "np.ndarray":
    return array.astype(array.dtype.newbyteorder("="))


def float_text(value: "np.floating") -> str:
    if not np.isfinite(value):
        return str(value)
    digits, exponent = np.format_float_scientific(value, trim="-").split("e")
    if -4 <= int(exponent) < 16:
        return np.format_float_positional(value, trim="0")
    return f"{digits}e{int(exponent):+03}"


def element_texts(array: "np.ndarray", style: str = "") -> list[str]:
    if style == "hex":
        bits = array.view(array.dtype.str[0] + f"u{array.itemsize}").tolist()
        return [f"0x{value:0{2 * array.itemsize}x}" for value in bits]
    if array.dtype.kind == "b":  # any byte but 0 is true
        texts = [str(value != 0) for value in array.view("u1").tolist()]
        return [text.lower() for text in texts] if style == "json" else texts
    if array.dtype.kind == "f":
        texts = [float_text(value) for value in native(array)]
        if style == "json":
            texts = ["null" if text[-1] in "nf" else text for text in texts]
        return texts
    return [str(value) for value in array.tolist()]


def nested(texts: list[str], shape: tuple, is_cut: bool, style: str, depth: int = 1):
    """Brackets in brackets; dots where the elements end too early."""
    if not shape:
        return texts[0]
    size = math.prod(shape[1:])
    parts = []
    for i in range(0, len(texts), size):
        part = texts[i : i + size]
        is_part = is_cut and len(part) < size
        parts.append(nested(part, shape[1:], is_part, style, depth + 1))
    if style == "json":
        return "[" + ", ".join(parts) + "]"
    if is_cut and len(texts) % size == 0:
        parts.append("...")
    between = " " if len(shape) == 1 else "\n" + depth * "  "
    return "[ " + between.join(parts) + " ]"


def framed(texts: list[str], selection: Selection, style: str) -> str:
    if not texts and (style == "json" or not selection.is_cut):
        return "[]" if style == "json" else "[ ]"
    if not texts:
        return "[ ... ]" if selection.shape else "..."
    return nested(texts, selection.shape, selection.is_cut, style)


def rows_text(
    texts: list[str], selection: Selection, style: str, columns: int, has_index: bool
) -> str:
    length = columns or (selection.shape[-1] if len(selection.shape) > 1 else 1)
    lines = []
    for i in range(0, len(texts), max(length, 1)):
        index = f"{selection.indexes[i]}\t" if has_index else ""
        row = texts[i : i + length]
        lines.append(index + ("," if style == "csv" else " ").join(row) + "\n")
    return "".join(lines)


def npy_bytes(selection: Selection, chosen: "np.ndarray") -> bytes:
    if not selection.is_cut:
        chosen = chosen.reshape(selection.shape)
    file = io.BytesIO()
    np.save(file, chosen)
    return file.getvalue()


def as_doubles(array: "np.ndarray") -> "np.ndarray":
    if array.dtype.kind == "b":
        return (array.view("u1") != 0).astype("f8")
    with np.errstate(invalid="ignore"):  # signalling NaN
        return array.astype("f8")


def python_values(array: "np.ndarray") -> list:
    if array.dtype.kind == "b":
        return [value != 0 for value in array.view("u1").tolist()]
    return array.tolist()


def numpy_quantiles(array: "np.ndarray", percentages: list[float]) -> list[float]:
    numbers = as_doubles(array)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # inf - inf
        return np.percentile(numbers[~np.isnan(numbers)], percentages).tolist()


# --- The commands -------------------------------------------------------------


class Command:
    """One run of consumer-cli: what is asked for and what came out."""

    def __init__(self, generator: random.Random, source: Source):
        self.source = source
        self.selection = Selection(generator, source)
        self.from_pipe = generator.randrange(3) == 0
        self.ignores_trailing = generator.randrange(3) == 0
        self.words = [CLI, *source.options(generator), *self.selection.options()]
        if self.ignores_trailing:
            self.words.append("--trailing=ignore")

    def line(self, name: str) -> str:
        """For a shell; the exit status follows the messages."""
        self.output = self.source.path.parent / name
        command, file = shlex.join(self.words), self.source.path.name
        command = f"cat {file} | {command}" if self.from_pipe else f"{command} {file}"
        return f"{command} > {name} 2> {name}.err; echo $? >> {name}.err"

    def check_messages(self, tells_trailing: bool = True) -> None:
        """Bytes are left over if it came to the last element."""
        n = 0 if self.selection.is_cut else self.source.n_behind
        want = "0\n"
        if n and tells_trailing and not self.ignores_trailing:
            name = "standard input" if self.from_pipe else self.source.path.name
            bytes_ = "byte" if n == 1 else "bytes"
            want = f"consumer-cli: {name}: {n} trailing {bytes_} ignored\n1\n"
        got = self.output.with_name(self.output.name + ".err").read_text()
        assert got == want, self.words


class Elements(Command):
    def __init__(self, generator: random.Random, source: Source):
        super().__init__(generator, source)
        self.columns, self.has_index = 0, False
        self.format = generator.choice([*TEXT_FORMATS, "raw", "npy"])
        if self.format in ("lines", "csv", "hex"):
            self.columns = generator.choice([0, 0, generator.randrange(1, 9)])
            self.has_index = generator.randrange(3) == 0
        self.words.append(f"--format={self.format}")
        if self.columns:
            self.words.append(f"--columns={self.columns}")
        if self.has_index:
            self.words.append("--index")

    def expect(self) -> bytes:
        chosen = self.selection.of(self.source.array)
        if self.format == "raw":
            return chosen.tobytes()
        if self.format == "npy":
            return npy_bytes(self.selection, chosen)
        texts = element_texts(chosen, self.format)
        if self.format in ("array", "json"):
            text = framed(texts, self.selection, self.format) + "\n"
        else:
            text = rows_text(
                texts, self.selection, self.format, self.columns, self.has_index
            )
        return text.encode()

    def check(self) -> None:
        got = self.output.read_bytes()
        assert got == self.expect(), self.words
        self.check_messages()
        if self.columns or self.has_index or self.format not in TEXT_FORMATS:
            return
        with self.source.open() as array:
            part = self.selection.of_module(array)
            text = part.stringify(self.selection.given.get("max"), self.format)
        if self.format in ("array", "json"):
            text += "\n"
        assert text.encode() == got, self.words


class Summaries(Command):
    def __init__(self, generator: random.Random, source: Source):
        super().__init__(generator, source)
        self.format = generator.choice(["lines", "csv", "json"])
        wanted = generator.choice(
            [["stats"], ["quantiles"], ["histogram"], ["info"], ["info", "stats"]]
            + [["stats", "quantiles"]]
        )
        self.wanted = wanted
        self.words += [f"--format={self.format}"]
        self.words += [f"--{name}" for name in wanted if name in ("stats", "info")]
        if "quantiles" in wanted:
            texts = ["0", "100", "50"]
            texts += [f"{generator.uniform(0, 100):.2f}" for _ in range(3)]
            self.percentages = generator.sample(texts, generator.randrange(1, 6))
            self.words.append("--quantiles=" + ",".join(self.percentages))
        if "histogram" in wanted:
            self.n_bins = generator.choice([20, generator.randrange(1, 60)])
            self.words.append(f"--histogram={self.n_bins}")

    def float_value(self, value) -> str:
        if value is None or (self.format == "json" and not math.isfinite(value)):
            return "null" if self.format == "json" else "-"
        return repr(value)

    def element_value(self, value, dtype: "np.dtype") -> str:
        if value is None:
            return self.float_value(value)
        one = np.array([value], dtype.newbyteorder("="))
        return element_texts(one, self.format)[0]

    def stats(self, chosen: "np.ndarray", part: consumer.PyConsumerArray) -> dict:
        is_float = chosen.dtype.kind == "f"
        true = true_summary(python_values(chosen), is_float)
        summary = part.summary()
        assert same({name: getattr(summary, name) for name in true}, true), self.words
        check_range(chosen, true)
        records = {"count": str(true["count"])}
        if is_float:
            records.update(nan=str(true["nan"]), inf=str(true["inf"]))
        for name in ("min", "max"):
            records[name] = self.element_value(true[name], chosen.dtype)
        for name in ("mean", "std"):
            records[name] = self.float_value(true[name])
        records["sum"] = self.float_value(true["sum"]) if is_float else str(true["sum"])
        return records

    def quantiles(self, chosen: "np.ndarray", part: consumer.PyConsumerArray) -> dict:
        values = [float(text) for text in self.percentages]
        names = [f"q{text}" for text in self.percentages]
        if part.summary().count == 0:
            return dict.fromkeys(names, self.float_value(None))
        got = part.quantiles(values)
        for x, y in zip(got, numpy_quantiles(chosen, values), strict=True):
            # Beside infinities ours are what the header says.
            assert same_bits([x], [y]) or not math.isfinite(y), self.words
        return {
            name: self.float_value(None if math.isnan(value) else value)
            for name, value in zip(names, got)
        }

    def info(self) -> dict:
        source, selection = self.source, self.selection
        n, itemsize = len(selection.indexes), source.array.itemsize
        records = {"format": "npy" if source.is_npy else "raw"}
        if source.is_npy:
            flags = source.array.flags
            is_fortran = flags.f_contiguous and not flags.c_contiguous
            truth = str(is_fortran)
            records.update(
                npy_version="1.0",
                header_bytes=str(source.n_header),
                fortran_order=truth.lower() if self.format == "json" else truth,
            )
        records.update(
            type=source.type,
            byte_order="none" if itemsize == 1 else source.byte_order,
            itemsize=str(itemsize),
            shape=(n,) if selection.is_cut else selection.shape,
            count=str(n),
            bytes=str(n * itemsize),
            trailing_bytes=str(0 if selection.is_cut else source.n_behind),
        )
        if "stats" in self.wanted:
            del records["count"]  # that of --stats, without NaN, is the only one
        return records

    def records_text(self, records: list[tuple]) -> str:
        words = ("format", "npy_version", "type", "byte_order")
        lines = []
        for name, value in records:
            if self.format == "json":
                if name in words:
                    value = f'"{value}"'
                if name == "shape":
                    value = list(value)
                lines.append(f'"{name}": {value}')
            elif self.format == "csv":
                quote = '"' if name == "shape" else ""
                lines.append(f"{name},{quote}{value}{quote}")
            else:
                lines.append(f"{name} {value}")
        if self.format == "json":
            return "{" + ", ".join(lines) + "}\n"
        if self.format == "csv":
            lines.insert(0, "name,value")
        return "\n".join(lines) + "\n"

    def check_histogram(self, text: str, chosen: "np.ndarray", part) -> None:
        histogram = part.histogram(self.n_bins)
        check_numpy_histogram(histogram, chosen)
        apart = {
            "-inf": histogram.n_negative_infinities,
            "inf": histogram.n_positive_infinities,
            "nan": histogram.n_nan,
        }
        if self.format == "json":
            want = {"edges": histogram.edges, "counts": histogram.counts}
            want.update(nan=apart["nan"], negative_infinities=apart["-inf"])
            want.update(positive_infinities=apart["inf"])
            assert text == json.dumps(want) + "\n", self.words
            return
        edges = [repr(edge) for edge in histogram.edges]
        rows = list(zip(edges, edges[1:], map(str, histogram.counts)))
        rows += [(name, name, str(n)) for name, n in apart.items() if n]
        lines = text.splitlines()
        if self.format == "csv":
            assert lines == ["low,high,count", *map(",".join, rows)], self.words
            return
        most = max(histogram.counts)
        for line, row in zip(lines, rows, strict=True):
            low, high, n, *bar = line.split()
            assert (low, high, n) == row, self.words
            assert "".join(bar) == len("".join(bar)) * "#"
            assert bool(bar) == (int(n) > 0 and low not in apart), self.words
            assert n != str(most) or not bar or len(line) >= 79, self.words

    def check(self) -> None:
        text = self.output.read_text()
        chosen = self.selection.of(self.source.array)
        with self.source.open() as array:
            part = self.selection.of_module(array)
            if self.selection.is_cut:
                flat = consumer.consume(part.tobytes(), part.format)
                part = flat[: len(self.selection.indexes)]
            if self.wanted == ["histogram"]:
                self.check_histogram(text, chosen, part)
            else:
                records = []
                if "info" in self.wanted:
                    records += self.info().items()
                if "stats" in self.wanted:
                    records += self.stats(chosen, part).items()
                if "quantiles" in self.wanted:
                    records += self.quantiles(chosen, part).items()
                assert text == self.records_text(records), self.words
        if self.format == "json":
            json.loads(text)
        self.check_messages(tells_trailing="info" not in self.wanted)


def check_range(chosen: "np.ndarray", true: dict) -> None:
    """NumPy's own smallest and largest; its fmin() trips over signalling NaN."""
    numbers = as_doubles(chosen) if chosen.dtype.kind in "bf" else chosen
    numbers = numbers[numbers == numbers]
    assert len(numbers) == true["count"]
    if len(numbers):
        assert (numbers.min(), numbers.max()) == (true["min"], true["max"])


def check_numpy_histogram(histogram: consumer.Histogram, chosen: "np.ndarray") -> None:
    numbers = as_doubles(chosen)
    finite = numbers[np.isfinite(numbers)]
    assert sum(histogram.counts) == len(finite)
    assert histogram.n_nan == np.isnan(numbers).sum()
    assert histogram.n_positive_infinities == (numbers == math.inf).sum()
    assert histogram.n_negative_infinities == (numbers == -math.inf).sum()
    edges = np.array(histogram.edges)
    with np.errstate(over="ignore"):
        width = edges[-1] - edges[0]
    # Where NumPy gives up: too wide for a float64, or bins without width.
    if len(finite) == 0 or not np.isfinite(width) or np.any(np.diff(edges) <= 0):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counts, numpy_edges = np.histogram(finite, len(histogram.counts))
    assert same_bits(histogram.edges, numpy_edges)
    assert histogram.counts == counts.tolist()


# --- The tests ----------------------------------------------------------------


@pytest.mark.parametrize("kind", [Elements, Summaries])
def test_random_arrays(kind: type, tmp_path: Path) -> None:
    generator = random.Random(kind.__name__)
    commands = [
        kind(generator, Source(generator, number, tmp_path))
        for number in range(N_FILES)
    ]
    lines = [command.line(f"{i}.out") for i, command in enumerate(commands)]
    run_commands(lines, tmp_path)
    for command in commands:
        command.check()
