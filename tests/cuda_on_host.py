"""CUDA kernels on the processor: the same source, compiled as C++, a thread of the host for each of a block's.

`module()` stands in for CuPy where kernels are launched; its arrays are NumPy's.
"""

import ctypes
import functools
import hashlib
import re
import shutil
import subprocess
import tempfile
import types
from pathlib import Path

import numpy as np

COMPILER = shutil.which("g++")
LANES, ROWS, BLOCKS = 8, 4, 3
"""Threads of a block along columns and rows, and blocks, at most: fewer than on a card, and more than one of each."""
OPTIONS = ["-std=c++20", "-O1", "-ffp-contract=off", "-fPIC", "-pthread", "-w"]
HEAD = """
#include <barrier>
#include <cmath>
#include <thread>
#include <vector>
struct Place { int x, y; };
static thread_local Place threadIdx;
static Place blockIdx, blockDim, gridDim;
static std::barrier<>* gate;
#define __global__
#define __launch_bounds__(threads)
#define __device__
#define __shared__ static
#define __syncthreads() gate->arrive_and_wait()
"""
TAIL = """
extern "C" void launch(void** given, int blocks, int lanes, int rows) {
  gridDim = {blocks, 1};
  blockDim = {lanes, rows};
  std::barrier<> all(lanes * rows);
  gate = &all;
  for (int block = 0; block < blocks; ++block) {
    blockIdx = {block, 0};
    std::vector<std::thread> threads;
    for (int y = 0; y < rows; ++y) for (int x = 0; x < lanes; ++x)
      threads.emplace_back([=] { threadIdx = {x, y}; %s(%s); });
    for (auto& each : threads) each.join();
  }
}
"""


@functools.cache
def folder():
    """A folder for what is compiled."""
    return tempfile.TemporaryDirectory(prefix="xpsae-kernels-")


@functools.cache
def head():
    """What all of them include, compiled once."""
    file = Path(folder().name, "head.hpp")
    file.write_text(HEAD, encoding="utf-8")
    subprocess.run([COMPILER, *OPTIONS, "-x", "c++-header", str(file), "-o", f"{file}.gch"], check=True)
    return str(file)


@functools.cache
def compiled(code, name):
    """The kernel as a function of the host."""
    signature = re.search(rf"\b{name}\((.*?)\) \{{", code)[1]
    arguments = []
    for k, parameter in enumerate(signature.split(", ")):
        kind = parameter.rpartition(" ")[0].removeprefix("const ")
        arguments.append(f"({kind})given[{k}]" if kind.endswith("*") else f"*({kind}*)given[{k}]")
    stem = Path(folder().name, hashlib.sha256(code.encode()).hexdigest())
    stem.with_suffix(".cpp").write_text(code + TAIL % (name, ", ".join(arguments)), encoding="utf-8")
    files = ["-include", head(), str(stem.with_suffix(".cpp")), "-o", str(stem.with_suffix(".so"))]
    subprocess.run([COMPILER, *OPTIONS, "-shared", *files], check=True)
    return ctypes.CDLL(str(stem.with_suffix(".so"))).launch


class RawKernel:
    """A kernel, called as CuPy's."""

    def __init__(self, code, name):
        self._launch = compiled(code, name)

    def __call__(self, grid, block, arguments):
        arrays = [np.asarray(x) for x in arguments]
        assert any(x.dtype.kind == "V" and x.size == 1 for x in arrays)  # CuPy passes NumPy's single elements by value
        pointers = (ctypes.c_void_p * len(arrays))(*(x.ctypes.data for x in arrays))
        threads = block[0] * block[1]
        lanes = LANES if block[1] > 1 else LANES * ROWS
        assert threads in {256, 1024}
        self._launch(pointers, min(grid[0], BLOCKS), lanes, LANES * ROWS // lanes)


def module():
    """What stands in for CuPy."""
    return types.SimpleNamespace(empty=np.empty, RawKernel=RawKernel, ndarray=type("ndarray", (), {}))
