# SPDX-License-Identifier: MIT
"""The module as such: names, types, interpreters, the stub."""

import ast
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

import consumer
from consumer import _consumer

STUB = pathlib.Path(consumer.__file__).with_name("__init__.pyi")


def test_names():
    assert set(consumer.__all__) == {
        "Histogram",
        "PyConsumerArray",
        "Summary",
        "UnsupportedBufferError",
        "__version__",
        "consume",
        "open",
    }
    for name in consumer.__all__:
        assert getattr(consumer, name) is getattr(_consumer, name)
    assert consumer.__version__.count(".") == 2


def test_types_belong_to_the_package():
    for name in set(consumer.__all__) & set(dir(_consumer)):
        if not isinstance(getattr(consumer, name), type):
            continue
        each = getattr(consumer, name)
        assert each.__module__ == "consumer"
    assert repr(consumer.PyConsumerArray) == "<class 'consumer.PyConsumerArray'>"


def test_type_is_closed():
    with pytest.raises(TypeError):
        consumer.PyConsumerArray.new_attribute = 1
    with pytest.raises(TypeError):

        class Derived(consumer.PyConsumerArray):
            pass

    with pytest.raises(AttributeError):
        consumer.PyConsumerArray().new_attribute = 1


@pytest.mark.parametrize(
    "arguments, keywords",
    [((1, 2), {}), ((), {"size": 1}), (("1",), {}), ((1.0,), {}), ((None,), {})],
)
def test_bad_constructor_calls(arguments, keywords):
    with pytest.raises(TypeError):
        consumer.PyConsumerArray(*arguments, **keywords)


def test_attributes_are_read_only():
    a = consumer.PyConsumerArray(3)
    for name in ("shape", "format", "readonly", "released", "exports"):
        with pytest.raises(AttributeError):
            setattr(a, name, 1)


def test_everything_has_a_docstring():
    functions = [consumer, consumer.consume, consumer.open, consumer.PyConsumerArray]
    for name, each in vars(consumer.PyConsumerArray).items():
        if not name.startswith("_"):
            functions.append(each)
    assert len(functions) > 20
    for each in functions:
        assert each.__doc__, each


def names_in_stub(nodes):
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name


def test_stub_has_the_names_of_the_type():
    tree = ast.parse(STUB.read_text())
    public = {name for name in names_in_stub(tree.body) if name[0] != "_"}
    assert public == set(consumer.__all__) - {"__version__"}
    for node in tree.body:
        name = getattr(node, "name", None)
        if name in ("PyConsumerArray", "Summary"):
            public = {n for n in dir(getattr(consumer, name)) if n[0] != "_"}
            assert {n for n in names_in_stub(node.body) if n[0] != "_"} == public


def test_package_is_typed():
    assert STUB.with_name("py.typed").exists()


def test_two_modules_in_one_interpreter():
    """Each has its own types: no state is shared."""
    import importlib.util

    spec = importlib.util.find_spec("consumer._consumer")
    other = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(other)
    assert other.PyConsumerArray is not consumer.PyConsumerArray
    with pytest.raises(other.UnsupportedBufferError) as raised:
        other.consume(1)
    assert not isinstance(raised.value, consumer.UnsupportedBufferError)
    # An array of the other module is just an exporter.
    a = other.consume(consumer.PyConsumerArray(3))
    assert isinstance(a.obj, consumer.PyConsumerArray)
    assert a.tolist() == [0, 1, 2]


SUBINTERPRETERS = """
try:
    import _interpreters as interpreters
    run = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string

for _ in range(5):
    # Isolated ones have a GIL of their own from Python 3.12 on.
    each = interpreters.create()
    run(each, '''if True:
        import array, consumer, gc
        exporter = array.array("i", range(12))
        a = consumer.consume(exporter)
        assert str(a[::2]) == "[ 0 2 4 6 8 10 ]"
        assert memoryview(a).tolist() == list(a)
        kept = consumer.PyConsumerArray(5)[1:]
        cycle = [kept]
        cycle.append(cycle)
        try:
            consumer.consume(1)
        except consumer.UnsupportedBufferError:
            pass
        else:
            raise AssertionError
    ''')
    interpreters.destroy(each)
print("done")
"""


def run_program(program):
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        # Freed memory is overwritten, and what is written around it noticed.
        env={**os.environ, "PYTHONMALLOC": "debug"},
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_subinterpreters():
    pytest.importorskip(
        "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    )
    assert run_program(SUBINTERPRETERS) == "done\n"


def test_arrays_alive_when_the_interpreter_exits():
    program = """
        import array, consumer, sys
        class Exporter(bytearray): pass
        exporter = Exporter(8)
        exporter.cycle = consumer.consume(exporter)
        sys.kept = consumer.PyConsumerArray(5)[1:]
        consumer.kept = memoryview(consumer.consume(array.array("i", [1])))
        iterator = iter(sys.kept)
        print(next(iterator))
    """
    assert run_program(program) == "1\n"


@pytest.mark.parametrize("order", ["module first", "arrays first", "a cycle"])
def test_memory_kept_for_arrays_goes_with_the_module(order):
    # Deallocated arrays leave their memory to the module, for the next ones.
    program = f"""
        import consumer, gc, importlib.util, sys

        spec = importlib.util.find_spec("consumer._consumer")
        def use(order):
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            exporter = bytearray(range(100))
            arrays = [module.consume(exporter)[i:] for i in range(50)]
            assert [a[0] for a in arrays] == list(range(50))
            del arrays[::2]
            arrays += [module.consume(memoryview(exporter)) for _ in range(40)]
            if order == "module first":
                del module
                gc.collect()
                arrays += [a[1:] for a in arrays]
                assert arrays[-1].tolist() == list(range(1, 100))
            elif order == "arrays first":
                arrays.clear()
                del module
            else:
                arrays += [arrays, module, type(arrays[0])]

        for i in range(30):
            use("{order}")
            gc.collect()
            if i == 9:
                before = sys.getallocatedblocks()
        print(sys.getallocatedblocks() - before < 1000)
    """
    assert run_program(program) == "True\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ is of 3.12")
@pytest.mark.parametrize(
    "use",
    [
        "b == b'wxyz'",
        "b == memoryview(b'wxyz')",
        "b.__setitem__(slice(4), memoryview(b'wxyz'))",
        "list(b)",
        "b.tolist()",
        "b[1:].cast('b')",
        "b.hex(':')",
        "b.histogram()",
        "b.summary()",
        "b.__reduce_ex__(4)",
        "b.__copy__()",
        "type(b)(3)",
        "self.consume(b'abc', 'b')",
        "self.consume(3)",
        "self.open('/dev/null', 'B')",
    ],
)
def test_garbage_collector_that_takes_the_module_down(use):
    """Its types were gone before its arrays: a null pointer was used."""
    program = f"""
        import gc, sys, consumer

        class Exporter:
            def __buffer__(self, flags):
                return memoryview(bytearray(b"abcd"))
            def __release_buffer__(self, buffer):
                b, self.b = self.b, None
                try:
                    {use}
                except Exception as error:
                    print(type(error).__name__)

        class Bytes(bytearray):
            pass

        exporter = Exporter()
        exporter.b = consumer.consume(Bytes(b"wxyz"))
        exporter.consume, exporter.open = consumer.consume, consumer.open
        consumer.UnsupportedBufferError.kept = consumer.consume(exporter)
        del exporter, sys.modules["consumer"], sys.modules["consumer._consumer"]
        del consumer
        gc.collect()
        gc.collect()
        print("end")
    """
    lines = run_program(program).splitlines()
    assert lines.pop() == "end"
    assert set(lines) <= {"RuntimeError", "TypeError", "UnsupportedBufferError"}


def test_import_does_not_load_much():
    program = """
        import sys
        before = set(sys.modules)
        import consumer
        print(sorted(set(sys.modules) - before))
    """
    assert run_program(program) == "['consumer', 'consumer._consumer']\n"
