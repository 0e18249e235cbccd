"""The generated kernels: on the processor they compute what the formula computes, and NVIDIA's compiler takes them."""

import ctypes
import dataclasses
import functools
import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import cuda_on_host
import numpy as np
import pytest
from kernels import CALLS, arguments_of

from xpsae.arrays import cuda_kernels, fusion, tracing
from xpsae.arrays.cuda_kernels import by_kernel
from xpsae.arrays.symbols import symbols_for
from xpsae.arrays.tracing import leaves
from xpsae.problem import Objective

NVCC = shutil.which("nvcc")
needs_compiler = pytest.mark.skipif(cuda_on_host.COMPILER is None, reason="g++ is not installed")
ULP = {"float32": 2e-6, "float64": 4e-15}
"""The compiler's exp and log are not NumPy's, and sums are added in another order."""


@pytest.fixture
def on_host(monkeypatch):
    """Kernels that are launched run on the processor."""
    monkeypatch.setitem(sys.modules, "cupy", cuda_on_host.module())
    forget()
    yield
    forget()


def forget():
    """Let go of the kernels of another CuPy."""
    cuda_kernels.prepared.cache_clear()
    cuda_kernels._compiled.cache_clear()


def traced(formula, arguments, keywords):
    """The kernels of a formula."""
    arrays = leaves(arguments)
    fixed = tuple((key, 1 if tracing.is_number(value) else value) for key, value in keywords.items() if key != "xp")
    fixed += (("xp", None),) if "xp" in keywords else ()
    kinds = tuple((x.ndim, x.dtype.name) for x in arrays)
    return cuda_kernels.traced(formula.__wrapped__, kinds, tracing.rebuilt(arguments, iter([0] * len(arrays))), fixed)


def assert_close(found, expected, dtype):
    for one, other in zip(leaves(found), leaves(expected), strict=True):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        scale = np.max(np.abs(other), initial=0.0, where=np.isfinite(other)) or 1.0
        np.testing.assert_allclose(one, other, rtol=ULP[dtype], atol=1e-2 * ULP[dtype] * scale)


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CALLS)
def test_a_kernel_computes_what_its_formula_computes(on_host, name, dtype):
    formula, arguments, keywords = arguments_of(name, dtype, 0)
    assert_close(
        by_kernel(formula.__wrapped__, arguments, keywords, gives_up=False), formula(*arguments, **keywords), dtype
    )


@needs_compiler
def test_a_kernel_serves_other_sizes_numbers_and_strides(on_host, monkeypatch):
    asked = []
    original = cuda_on_host.RawKernel
    monkeypatch.setattr(cuda_on_host, "RawKernel", lambda *given: (asked.append(given), original(*given))[1])
    monkeypatch.setitem(sys.modules, "cupy", cuda_on_host.module())
    formula, (z, x), keywords = arguments_of("output errors", "float64", 1)
    for one, other in ((z, x), (z[:3], x[:3]), (z[::-1, ::2], x[:, ::2]), (np.asfortranarray(z), x)):
        expected = formula.__wrapped__(one.copy(), other, **keywords)
        assert_close(by_kernel(formula.__wrapped__, (one, other), keywords, gives_up=False), expected, "float64")
    formula, arguments, keywords = arguments_of("all", "float64", 1)
    for number in (1e-3, 2.0):
        keywords["weight_decay"] = number
        found = by_kernel(formula.__wrapped__, arguments, keywords, gives_up=False)
        assert_close(found, formula(*arguments, **keywords), "float64")
    assert len(asked) == 2


@needs_compiler
@pytest.mark.parametrize("contiguous", [True, False])
def test_the_first_result_takes_the_place_of_an_argument_that_is_given_up(on_host, contiguous):
    formula, (z, x), keywords = arguments_of("output errors", "float64", 2)
    z = z if contiguous else np.asfortranarray(z)
    expected = formula.__wrapped__(z.copy(), x, **keywords)
    found = by_kernel(formula.__wrapped__, (z, x), keywords, gives_up=True)
    assert (found[0] is z) == contiguous
    assert_close(found, expected, "float64")


@needs_compiler
def test_nan_and_infinity_come_through(on_host):
    formula, (z, b), keywords = arguments_of("activations", "float32", 3)
    z[0], z[1] = np.nan, [np.inf, -np.inf, 3e38]
    with np.errstate(all="ignore"):
        expected = formula.__wrapped__(z, b, **keywords)
    found = by_kernel(formula.__wrapped__, (z, b), keywords, gives_up=False)
    assert np.isnan(found[0][0]).all()
    assert_close(found, expected, "float32")


@needs_compiler
@pytest.mark.parametrize("one_pass", [False, True])
@pytest.mark.parametrize("decoder", ["sigmoid", "linear"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cost_and_gradient_by_kernels_are_those_of_the_formulas(on_host, monkeypatch, dtype, decoder, one_pass):
    X = np.random.default_rng(0).random((60, 9)).astype(dtype)
    objective = Objective(X, 4, decoder=decoder, workers=1, block_rows=25)
    objective.plan = dataclasses.replace(objective.plan, one_pass=one_pass)
    theta = objective.initial(0)
    expected = objective(theta)
    launched = []
    monkeypatch.setitem(fusion.WAYS, "numpy", functools.partial(counted, launched, gives_up=True))
    monkeypatch.setitem(fusion.SMALL_WAYS, "numpy", functools.partial(counted, launched, gives_up=False))
    cost, gradient = objective(theta)
    assert "_finished" in launched
    tolerance = {"float32": 1e-5, "float64": 1e-13}[dtype]
    assert float(cost) == pytest.approx(float(expected[0]), rel=tolerance)
    np.testing.assert_allclose(gradient, expected[1], atol=tolerance * np.abs(expected[1]).max())


def counted(launched, function, arguments, keywords, *, gives_up):
    launched.append(function.__name__)
    return by_kernel(function, arguments, keywords, gives_up=gives_up)


def test_a_kernel_launches_enough_threads_and_no_more_blocks_than_there_may_be():
    formula, arguments, keywords = arguments_of("output errors", "float32", 0)
    source = traced(formula, arguments, keywords).whole
    for rows, columns in ((1, 1), (10_000, 64), (60_000, 784), (10**7, 3072)):
        grid, block = cuda_kernels.laid_out(source, (rows, columns) * 2)
        assert block[0] * block[1] == cuda_kernels.THREADS
        assert grid[0] == min(cuda_kernels.MOST_BLOCKS, -(-rows // block[1]))


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["all", "readings"])
def test_long_vectors_are_added_up_in_parts(on_host, monkeypatch, name, dtype):
    launched = []
    monkeypatch.setattr(cuda_kernels, "LONG", 2)
    monkeypatch.setattr(cuda_kernels, "PART_LENGTH", 3)
    original = cuda_on_host.RawKernel.__call__
    monkeypatch.setattr(cuda_on_host.RawKernel, "__call__", lambda *given: (launched.append(given), original(*given)))
    formula, arguments, keywords = arguments_of(name, dtype, 4)
    found = by_kernel(formula.__wrapped__, arguments, keywords)
    assert len(launched) == 2
    assert_close(found, formula.__wrapped__(*arguments, **keywords), dtype)


@functools.cache
def nvrtc():
    """NVIDIA's run-time compiler, the one that CuPy uses, or None."""
    places = [Path(NVCC).resolve().parents[1] / name for name in ("lib64", "lib")] if NVCC else []
    places += [place for path in sys.path for place in Path(path).glob("nvidia/*/lib")]
    for file in (file for place in places for file in sorted(place.glob("libnvrtc.so*"))):
        return ctypes.CDLL(str(file))
    return None


def compile_for_a_card(code):
    """What the compiler says of a kernel, and whether it took it."""
    program, library = ctypes.c_void_p(), nvrtc()
    assert not library.nvrtcCreateProgram(ctypes.byref(program), code.encode(), b"kernel.cu", 0, None, None)
    options = (ctypes.c_char_p * 2)(b"--gpu-architecture=compute_90", b"--std=c++17")
    status, size = library.nvrtcCompileProgram(program, 2, options), ctypes.c_size_t()
    library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    library.nvrtcGetProgramLog(program, log)
    return status, log.value.decode()


def every_kernel():
    """The code of all kernels, each with a name of its own."""
    sources = []
    for name, dtype in itertools.product(CALLS, ["float32", "float64"]):
        kernels = traced(*arguments_of(name, dtype, 0))
        sources += [kernels.whole, *([kernels.parts, kernels.rest] if kernels.whole.sums else [])]
    return [source.code.replace(f"{source.name}(", f"kernel{k}(") for k, source in enumerate(sources)]


def test_the_compiler_for_cards_takes_every_kernel_without_a_word(tmp_path):
    if nvrtc() is not None:
        assert {compile_for_a_card(code) for code in every_kernel()} == {(0, "")}
        return
    if NVCC is None:
        pytest.skip("neither NVIDIA's NVRTC nor nvcc is installed (they come with CUDA; nvidia-cuda-nvrtc is enough)")
    file = tmp_path / "kernels.cu"
    spaces = (f"namespace n{k} {{\n{code}\n}}" for k, code in enumerate(every_kernel()))
    file.write_text("\n".join(spaces), encoding="utf-8")
    command = [NVCC, "-ptx", "-arch=compute_90", "-Werror", "all-warnings", "-o", str(tmp_path / "ptx"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_single_precision_stays_single():
    for name in ("activations", "output errors", "hidden errors", "linear outputs"):
        formula, arguments, keywords = arguments_of(name, "float32", 0)
        code = traced(formula, arguments, keywords).whole.code
        body = code[code.index("{", code.index("__global__")) :]
        assert "double" not in body.replace("__shared__ double room", "")
        assert "exp(" not in body.replace("expf(", "")


def test_symbols_are_named_in_the_order_of_the_axes():
    one, other = symbols_for([(2, "float32"), (1, "float64")])
    assert [str(size) for size in (*one.shape, *other.shape)] == ["s0", "s1", "s2"]
