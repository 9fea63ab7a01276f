# SPDX-License-Identifier: MIT
"""Fifty interpreters, each with a GIL of its own, in one process."""

import subprocess
import sys

import pytest

PROGRAM = '''
try:
    import _interpreters as interpreters
    run = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string
import threading

SCRIPT = """if True:
    import array, consumer, copy, gc, pickle
    exporter = array.array("i", range(20_000))
    a = consumer.consume(exporter)
    assert str(a[:12:2]) == "[ 0 2 4 6 8 10 ]"
    assert a.sum() == sum(range(20_000))
    summary = a.summary()
    assert a[:9].summary() + a[9:].summary() == summary
    assert pickle.loads(pickle.dumps(summary)) == summary
    assert pickle.loads(pickle.dumps(a)).tolist() == copy.copy(a).tolist()
    assert memoryview(a).tolist() == list(a)
    try:
        consumer.consume(1)
    except consumer.UnsupportedBufferError:
        pass
    else:
        raise AssertionError
    kept = consumer.PyConsumerArray(5)[1:]  # alive when the interpreter ends
    cycle = [kept, iter(kept), memoryview(kept)]
    cycle.append(cycle)
"""
failures = []


def use_and_destroy(n):
    try:
        for _ in range(n):
            each = interpreters.create()
            failure = run(each, SCRIPT)
            if failure is not None:
                failures.append(failure)
            interpreters.destroy(each)
    except BaseException as exception:
        failures.append(exception)


{use}
print(failures)
'''
ONE_AFTER_THE_OTHER = "use_and_destroy(50)"
AT_THE_SAME_TIME = """
threads = [threading.Thread(target=use_and_destroy, args=(10,)) for _ in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before 3.12 interpreters share one GIL"
)
@pytest.mark.parametrize("use", [ONE_AFTER_THE_OTHER, AT_THE_SAME_TIME])
def test_fifty(use):
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{use}", use)],
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "[]\n")
