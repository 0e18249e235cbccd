"""CuPy on the card that the processor plays, with the faults it has to show: ``tools/card/run python -m pytest``."""

import importlib
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from xpsae.arrays.cuda import cuda_problem

pytestmark = pytest.mark.skipif(
    "CARD_CACHE" not in os.environ or cuda_problem() is not None, reason="the card is not played (tools/card/run)"
)


@pytest.fixture
def cupy():
    """CuPy, its first device being current before and afterwards."""
    cupy = pytest.importorskip("cupy")
    with cupy.cuda.Device(0):
        yield cupy
        cupy.cuda.runtime.deviceSynchronize()


def pinned(cupy, count):
    """Pinned memory as an array, with garbage in it."""
    return np.frombuffer(cupy.cuda.alloc_pinned_memory(4 * count), "f4", count)


def kernel(cupy, body="x[threadIdx.x] = 7;", head=""):
    """A kernel of one pointer."""
    return cupy.RawKernel(f'extern "C" __global__ void {head} k(float* x) {{ {body} }}', "k")


def to_host(cupy, target, source, stream):
    """Start a copy to the host."""
    runtime = cupy.cuda.runtime
    runtime.memcpyAsync(target.ctypes.data, source.data.ptr, source.nbytes, runtime.memcpyDeviceToHost, stream.ptr)


def test_a_copy_is_not_there_before_somebody_waits(cupy):
    stream, x, host = cupy.cuda.Stream(non_blocking=True), cupy.arange(4, dtype="f4"), pinned(cupy, 4)
    cupy.cuda.get_current_stream().synchronize()
    before = host.copy()
    to_host(cupy, host, x, stream)
    np.testing.assert_array_equal(host, before)
    stream.synchronize()
    np.testing.assert_array_equal(host, [0, 1, 2, 3])


def test_a_stream_of_its_own_does_not_wait_for_the_default_one(cupy):
    own, usual, host = cupy.cuda.Stream(non_blocking=True), cupy.cuda.Stream(), pinned(cupy, 4)
    x = cupy.zeros(4, "f4")
    cupy.cuda.Stream.null.synchronize()
    x += 1  # on the default stream, put off
    to_host(cupy, host, x, own)
    own.synchronize()
    np.testing.assert_array_equal(host, 0)
    to_host(cupy, host, x, usual)
    usual.synchronize()
    np.testing.assert_array_equal(host, 1)


def test_an_event_outlives_its_stream_and_orders_another(cupy):
    first, second, event, host = (
        cupy.cuda.Stream(non_blocking=True),
        cupy.cuda.Stream(),
        cupy.cuda.Event(),
        pinned(cupy, 4),
    )
    x = cupy.zeros(4, "f4")
    cupy.cuda.Stream.null.synchronize()
    with first:
        kernel(cupy)((1,), (4,), (x,))
        event.record()
    del first
    second.wait_event(event)
    to_host(cupy, host, x, second)
    second.synchronize()
    np.testing.assert_array_equal(host, 7)


def test_asking_whether_work_is_done_comes_to_an_end(cupy):
    event, x = cupy.cuda.Event(), cupy.zeros(4, "f4")
    for _ in range(5):
        x += 1
    event.record()
    assert not event.done
    asked = 0
    while not event.done:
        asked += 1
    assert 0 < asked < 20


def test_pageable_memory_is_taken_at_the_call(cupy):
    stream, x, host = cupy.cuda.Stream(non_blocking=True), cupy.empty(4, "f4"), np.ones(4, "f4")
    x.set(host, stream=stream)
    host[:] = 2
    stream.synchronize()
    np.testing.assert_array_equal(x.get(), 1)


def test_fresh_memory_holds_garbage(cupy):
    pointer, host = cupy.cuda.runtime.malloc(4096), np.zeros(4096, "u1")
    cupy.cuda.runtime.memcpy(host.ctypes.data, pointer, 4096, cupy.cuda.runtime.memcpyDeviceToHost)
    cupy.cuda.runtime.free(pointer)
    assert (host == 0xCD).all()


def test_memory_of_another_device_is_an_illegal_address(cupy):
    with cupy.cuda.Device(1):
        x = cupy.ones((4, 4), "f4")
        assert float((x @ x).sum()) == 64
    with pytest.raises(cupy.cuda.driver.CUDADriverError, match="ILLEGAL_ADDRESS"):
        kernel(cupy)((1,), (4,), (x,))
    with pytest.raises(cupy.cuda.cublas.CUBLASError, match="EXECUTION_FAILED"):
        importlib.import_module("cupy.cublas").gemm("N", "N", x, x)


def test_freed_memory_is_an_illegal_address(cupy):
    pointer = cupy.cuda.runtime.malloc(4096)
    cupy.cuda.runtime.free(pointer)
    with pytest.raises(cupy.cuda.driver.CUDADriverError, match="ILLEGAL_ADDRESS"):
        kernel(cupy)((1,), (4,), (np.uint64(pointer),))


def test_a_stream_of_another_device_is_refused(cupy):
    x = cupy.ones(4, "f4")
    with cupy.cuda.Device(1):
        stream = cupy.cuda.Stream()
    with pytest.raises(cupy.cuda.driver.CUDADriverError, match="INVALID_HANDLE"):
        cupy.cuda.driver.launchKernel(kernel(cupy).kernel.ptr, 1, 1, 1, 1, 1, 1, 0, stream.ptr, x.data.ptr, 0)


def test_a_card_runs_out_of_memory(cupy):
    with pytest.raises(cupy.cuda.memory.OutOfMemoryError):
        cupy.empty(cupy.cuda.runtime.memGetInfo()[1] + 1, "u1")


def test_a_bound_of_threads_holds(cupy):
    bounded, x = kernel(cupy, head="__launch_bounds__(64)"), cupy.zeros(128, "f4")
    bounded((1,), (64,), (x,))
    with pytest.raises(cupy.cuda.driver.CUDADriverError, match="OUT_OF_RESOURCES"):
        bounded((1,), (128,), (x,))


def test_what_is_not_played_says_so(cupy, capfd):
    with pytest.raises(cupy.cuda.runtime.CUDARuntimeError, match="cudaErrorNotSupported"):
        cupy.cuda.runtime.mallocManaged(8)
    assert "cudaMallocManaged is not played" in capfd.readouterr().err
    with pytest.raises(cupy.cuda.driver.CUDADriverError, match="INVALID_PTX"):
        kernel(cupy, "x[0] = clock64();")((1,), (1,), (cupy.zeros(1, "f4"),))
    assert "%clock64" in capfd.readouterr().err


def alone(program, **variables):
    """Run a program with the played card; return how it ended and what it said."""
    command = [sys.executable, "-c", f"import cupy\n{program}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | variables)
    return done.returncode, done.stdout, done.stderr


def test_a_copy_beyond_its_memory_ends_the_program(cupy):
    program = "r = cupy.cuda.runtime; r.memcpy(r.malloc(4096), r.malloc(4096), 4097, r.memcpyDeviceToDevice)"
    code, _, error = alone(program)
    assert code == -signal.SIGABRT
    assert "card: a copy beyond its memory" in error


def test_by_chance_work_is_done_before_somebody_waits(cupy):
    program = """
x, own, found = cupy.zeros(4, "f4"), cupy.cuda.Stream(non_blocking=True), set()
seven = cupy.ElementwiseKernel("", "float32 x", "x = 7", "seven")
for _ in range(40):
    x.fill(0)
    cupy.cuda.Device().synchronize()
    with own:
        seven(x)
    found.add(float(x[0]))
    own.synchronize()
print(sorted(found))
"""
    assert alone(program, CARD_LUCK="1")[1] == "[0.0, 7.0]\n"
    assert alone(program, CARD_LUCK="0")[1] == "[0.0]\n"


def test_peers_reach_each_other(cupy):
    program = """
with cupy.cuda.Device(1):
    x = cupy.arange(3)
    cupy.cuda.Device(1).synchronize()
with cupy.cuda.Device(0):
    print((x + 1).sum())
"""
    assert alone(program, CARD_PEER="1")[:2] == (0, "6\n")
    assert alone(program, CARD_PEER="0")[0] == 1


def test_the_variables_choose_the_cards(cupy, tmp_path):
    program = """
r = cupy.cuda.runtime
print(r.getDeviceCount(), r.memGetInfo()[1], cupy.cuda.Device(0).compute_capability)
cupy.zeros(3) + 1
"""
    log = tmp_path / "launches"
    variables = {"CARD_DEVICES": "3", "CARD_BYTES": "1000000", "CARD_CAPABILITY": "8.0", "CARD_LOG": str(log)}
    assert alone(program, **variables)[:2] == (0, "3 1000000 80\n")
    assert "0 cupy_add__float64_float_float64 <<<(1,1,1), (3,1,1), 0>>>" in log.read_text(encoding="utf-8")
    eager = "h = cupy.cuda.Event(); cupy.zeros(3) + 1; h.record(); print(h.done)"
    assert alone(eager, CARD_EAGER="1")[1] == "True\n"
    assert alone(eager, CARD_EAGER="0")[1] == "False\n"
