# SPDX-License-Identifier: MIT
"""The main job: the article's program, and the same text as consumer-cli's."""

import array
import gc
import mmap
import os
import random
import struct
import subprocess
import sys

import pytest

import consumer
from support import TYPES

ARTICLE = """\
import array
import consumer as C
arr = array.array('i', [1, 2, 3, 4, 5])
array_consumed = C.consume(arr)
print(array_consumed)
"""


def test_program_of_the_article():
    result = subprocess.run(
        [sys.executable, "-c", ARTICLE], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[ 1 2 3 4 5 ]\n"


def test_exporter_deleted_before_printing():
    # The buffer was released at once, and freed memory was printed.
    arr = array.array("i", range(1000, 2000))
    consumed = consumer.consume(arr)
    del arr
    gc.collect()
    _ = [array.array("i", [7] * 1000) for _ in range(50)]
    assert str(consumed) == (
        "[ 1000 1001 1002 1003 1004 1005 1006 1007 1008 1009 ... ]"
    )


@pytest.mark.parametrize(
    "length, text",
    [
        (12, "[ 0 1 2 3 4 5 6 7 8 9 ... ]"),
        (10, "[ 0 1 2 3 4 5 6 7 8 9 ]"),  # no "...": nothing was left out
        (0, "[ ]"),
        (-3, "[ ]"),  # a negative length is empty, as numpy.arange's
    ],
)
def test_text_of_an_owned_array(length, text):
    assert str(consumer.PyConsumerArray(length)) == text
    assert repr(consumer.PyConsumerArray(length)) == text


def test_owned_array_by_default_empty():
    assert consumer.PyConsumerArray().tolist() == []


@pytest.mark.parametrize("length", [2**31 + 1, 2**63, 2**64])
def test_owned_array_too_long_for_int32(length):
    with pytest.raises(ValueError, match=f"length {length}"):
        consumer.PyConsumerArray(length)


def test_init_again_changes_nothing():
    # A second __init__ leaked the first one's memory.
    a = consumer.PyConsumerArray(3)
    a.__init__(5)
    assert a.tolist() == [0, 1, 2]


def test_mmap_of_a_file(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(struct.pack("=20i", *range(20)))
    with path.open("rb") as file:
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with consumer.consume(mapping) as a:
        assert str(a) == "[ 0 1 2 3 4 5 6 7 8 9 ... ]"
        assert (a.format, a.itemsize, len(a), a.readonly) == ("i", 4, 20, True)
        assert a.tolist() == list(range(20))
        assert a.obj is mapping
    mapping.close()


def test_mmap_with_a_layout():
    mapping = mmap.mmap(-1, 16)
    mapping[:] = struct.pack("=4i", 1, 2, 3, 4)
    assert consumer.consume(mapping, offset=4).tolist() == [2, 3, 4]
    assert consumer.consume(mapping, count=1).tolist() == [1]
    assert consumer.consume(mapping, shape=(2, 2)).tolist() == [[1, 2], [3, 4]]
    assert consumer.consume(mapping, "B").tolist() == list(mapping[:])
    mapping.close()


def test_subclass_of_mmap_is_a_file_too():
    class Mapping(mmap.mmap):
        pass

    assert consumer.consume(Mapping(-1, 8)).format == "i"


def test_memoryview_of_mmap_stays_bytes():
    assert consumer.consume(memoryview(mmap.mmap(-1, 8))).format == "B"


def test_mmap_with_bytes_left_over():
    mapping = mmap.mmap(-1, 10)
    with pytest.raises(ValueError, match="2 left over"):
        consumer.consume(mapping)
    a = consumer.consume(mapping, trailing="ignore")
    assert a.tolist() == [0, 0]


@pytest.fixture
def cli():
    path = os.environ.get("CONSUMER_CLI")
    if not path:
        pytest.skip("CONSUMER_CLI does not name consumer-cli")
    return path


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name, numpy, code, values", TYPES)
def test_same_bytes_as_the_command_line(
    cli, tmp_path, name, numpy, code, values, order
):
    rng = random.Random(name + order)
    path = tmp_path / "data.bin"
    data = struct.pack(f"{order}{len(values)}{code}", *values)
    data += rng.randbytes(8 * 100)
    path.write_bytes(data[: len(data) // 8 * 8])
    endian = "little" if order == "<" else "big"
    command = [cli, "--type", name, "--endian", endian, path]

    def printed(*options):
        return subprocess.run(
            command + list(options), capture_output=True, check=True
        ).stdout.decode("ascii")

    with consumer.open(path, order + numpy) as a:
        assert printed() == a.stringify() + "\n"
        assert printed("--max", "10") == str(a) + "\n"
        assert printed("--format", "lines") == a.stringify(format="lines")
