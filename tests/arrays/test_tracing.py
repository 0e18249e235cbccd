"""Traced formulas: the expression says what the formula computes, to the last bit."""

import importlib
import math
import pkgutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels import CALLS, arguments_of

from xpsae import objective, optimize
from xpsae.arrays import tracing
from xpsae.arrays.symbols import length, symbols_for
from xpsae.arrays.tracing import NAMESPACE, leaves, trace

COMPUTED = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "lt": np.less,
    "min": np.minimum,
    "max": np.maximum,
    "neg": np.negative,
    "fabs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "where": np.where,
    "rows": np.vecdot,
}


def value(x, inputs, numbers, known):
    """What an expression comes to on NumPy, operation by operation."""
    if id(x) not in known:
        known[id(x)] = computed(x, [value(each, inputs, numbers, known) for each in x.args], inputs, numbers)
    return known[id(x)]


def computed(x, args, inputs, numbers):
    sizes = [size for each in inputs for size in each.shape]
    shape = tuple(length(size, sizes) for size in x.shape)
    if x.op in {"input", "number", "constant"}:
        return {"input": inputs, "number": numbers}[x.op][x.extra] if x.op != "constant" else x.extra
    if x.op == "cast":
        return np.broadcast_to(np.asarray(args[0], dtype=x.dtype), shape)
    if x.op == "part":
        kept = tuple(-1 if last else slice(0, end) for last, end in zip(x.extra, padded(x, sizes), strict=True))
        return args[0][kept]
    if x.op in {"column", "flat", "single"}:
        return args[0].reshape(shape)
    if x.op == "concat":
        return np.concatenate(args, axis=x.extra)
    if x.op == "total":
        return np.sum(args[0], dtype=x.dtype) if x.extra == "sum" else np.max(args[0])
    found = COMPUTED[x.op](*args)
    return float(found) if x.dtype is None else found  # what Python computes has no dtype


def padded(x, sizes):
    """The ends of the axes that are kept, and anything for those that are not."""
    kept = (length(size, sizes) for size in x.shape)
    return [0 if last else next(kept) for last in x.extra]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CALLS)
@given(seed=st.integers(0, 99))
def test_the_expression_is_the_formula_to_the_last_bit(name, dtype, seed):
    formula, arguments, keywords = arguments_of(name, dtype, seed)
    inputs = leaves(arguments)
    symbols = symbols_for([(x.ndim, x.dtype.name) for x in inputs])
    traced = leaves(trace(formula.__wrapped__, arguments, symbols, keywords))
    numbers = [number for number in keywords.values() if tracing.is_number(number)]
    found = [value(x, [each.copy() for each in inputs], numbers, {}) for x in traced]
    for x, one, other in zip(traced, found, leaves(formula.__wrapped__(*arguments, **keywords)), strict=True):
        assert x.dtype == other.dtype == one.dtype
        np.testing.assert_array_equal(one, other)


def test_numbers_written_in_a_formula_take_the_dtype_of_the_array():
    (x,) = symbols_for([(1, "float32")])
    assert (2.0 * x / math.pi).dtype == np.float32
    assert NAMESPACE.maximum(x, 1e-3).dtype == np.float32


@pytest.mark.parametrize(
    "ask",
    [
        lambda x: x[1:],
        lambda x: x[:-2],
        lambda x: NAMESPACE.reshape(x, (2, -1)),
        lambda x: NAMESPACE.sin(x),
        lambda x: x**2,
        lambda x: bool(x < 0.0) and float(x),
    ],
)
def test_what_cannot_be_traced_is_an_error(ask):
    (x,) = symbols_for([(1, "float64")])
    with pytest.raises((NotImplementedError, AttributeError, TypeError)):
        ask(x)


def test_records_keep_their_kind():
    tree = (1, (2, 3), tracing.rebuilt(slice_like, iter("abc")))
    assert leaves(tree) == [1, 2, 3, "a", "b", "c"]
    assert type(tree[2]) is type(slice_like)


slice_like = __import__("collections").namedtuple("Record", "one two three")(0, 0, 0)


def test_every_formula_that_becomes_a_kernel_is_tested():
    modules = [
        importlib.import_module(f"{package.__name__}.{each.name}")
        for package in (objective, optimize)
        for each in pkgutil.iter_modules(package.__path__)
    ]
    found = {each for module in modules for each in vars(module).values() if "cupy" in getattr(each, "ways", {})}
    assert found
    assert found == {arguments_of(name, "float64", 0)[0] for name in CALLS}
