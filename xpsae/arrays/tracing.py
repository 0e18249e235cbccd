"""A formula called with symbols instead of arrays: what it computes, as an expression that a compiler can be given.

The symbols have of an array, and `NAMESPACE` of its library, what small formulas use: arithmetic, exp, log, minimum,
maximum, where, concat, reshape, slices that leave out a last row or column, sums, the largest element. Lengths stay
symbols, so that one expression serves arrays of every size; Python's numbers do too, unless the formula writes them
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from xpsae.arrays.symbols import Length, Symbol, as_symbol, binary


class Namespace:
    """The standard's functions, for symbols."""

    __name__ = "xpsae.arrays.tracing"
    finfo = staticmethod(np.finfo)
    minimum = staticmethod(binary("min"))
    maximum = staticmethod(binary("max"))

    @staticmethod
    def exp(x: Symbol) -> Symbol:
        """Return the exponential."""
        return Symbol("exp", (x,), x.dtype, x.shape)

    @staticmethod
    def log(x: Symbol) -> Symbol:
        """Return the natural logarithm."""
        return Symbol("log", (x,), x.dtype, x.shape)

    @staticmethod
    def where(condition: Symbol, one: Any, other: Any) -> Symbol:
        """Return one or the other."""
        both = binary("add")(one, other)
        return Symbol("where", (condition, as_symbol(one), as_symbol(other)), both.dtype, both.shape)

    @staticmethod
    def astype(x: Symbol, dtype: Any, *, copy: bool = True) -> Symbol:  # noqa: ARG004 - as the standard has it
        """Return the same in another dtype."""
        return Symbol("cast", (x,), np.dtype(dtype), x.shape)

    @staticmethod
    def zeros(shape: tuple[Length, ...], *, dtype: Any, device: Any = None) -> Symbol:  # noqa: ARG004
        """Return zeros."""
        return Symbol("cast", (as_symbol(0.0),), np.dtype(dtype), shape)

    @staticmethod
    def ones(shape: tuple[Length, ...], *, dtype: Any, device: Any = None) -> Symbol:  # noqa: ARG004
        """Return ones."""
        return Symbol("cast", (as_symbol(1.0),), np.dtype(dtype), shape)

    @staticmethod
    def reshape(x: Symbol, shape: tuple[int, ...]) -> Symbol:
        """Return a vector as a column, or anything as a vector."""
        if shape == (-1, 1) and x.ndim == 1:
            return Symbol("column", (x,), x.dtype, (x.shape[0], 1))
        if x.ndim == 0 and shape == (1,):
            return Symbol("single", (x,), x.dtype, (1,))
        if shape != (-1,):
            raise NotImplementedError(repr(shape))
        return x if x.ndim == 1 else Symbol("flat", (x,), x.dtype, (x.shape[0] * x.shape[1],))

    @staticmethod
    def concat(arrays: Sequence[Symbol], *, axis: int = 0) -> Symbol:
        """Return arrays one after the other."""
        shape = list(arrays[0].shape)
        for each in arrays[1:]:
            shape[axis] = shape[axis] + each.shape[axis]
        return Symbol("concat", tuple(arrays), np.result_type(*(x.dtype for x in arrays)), tuple(shape), axis)

    @staticmethod
    def vecdot(x: Symbol, y: Symbol) -> Symbol:
        """Return the sum over the columns of the products, one value a row."""
        return Symbol("rows", (x, y), x.dtype, x.shape[:1])

    @staticmethod
    def sum(x: Symbol, *, dtype: Any = None) -> Symbol:
        """Return the sum of a vector."""
        return Symbol("total", (x,), np.dtype(dtype) if dtype else x.dtype, (), "sum")

    @staticmethod
    def max(x: Symbol) -> Symbol:
        """Return the largest element of a vector."""
        return Symbol("total", (x,), x.dtype, (), "max")

    @staticmethod
    def abs(x: Symbol) -> Symbol:
        """Return the absolute values."""
        return Symbol("fabs", (x,), x.dtype, x.shape)


NAMESPACE = Namespace()


def leaves(tree: Any) -> list[Any]:
    """Return the arrays of a record or tuple of arrays, of such, and so on."""
    if not isinstance(tree, tuple):
        return [tree]
    flat: list[Any] = []
    for each in tree:
        if isinstance(each, tuple):
            flat += leaves(each)
        else:
            flat.append(each)
    return flat


def rebuilt(tree: Any, values: Any) -> Any:
    """Return the same record or tuple with other leaves, taken from an iterator."""
    if not isinstance(tree, tuple):
        return next(values)
    parts = [rebuilt(each, values) if isinstance(each, tuple) else next(values) for each in tree]
    kind: Any = type(tree)
    return tuple(parts) if kind is tuple else kind(*parts)


def is_number(x: Any) -> bool:
    """Return whether a keyword is a number that may be another one in the next call."""
    return isinstance(x, int | float) and not isinstance(x, bool)


def trace(
    function: Callable[..., Any], arguments: tuple[Any, ...], inputs: Sequence[Symbol], keywords: Mapping[str, Any]
) -> Any:
    """Return what a formula returns for symbols in the places of arrays.

    Parameters
    ----------
    function : callable
        The formula itself, not what it was decorated to.
    arguments : tuple
        Anything in the places of arrays, and records of such.
    inputs : sequence of Symbol
        The symbols, as `symbols_for` gives them.
    keywords : mapping
        Numbers become symbols, ``xp`` becomes `NAMESPACE`; all else is passed as it is.

    Returns
    -------
    Symbol or tuple
        Records of the formula stay records.
    """
    numbers = [name for name, value in keywords.items() if is_number(value)]
    weak = {name: Symbol("number", (), None, (), k) for k, name in enumerate(numbers)}
    given = {**keywords, **weak} | ({"xp": NAMESPACE} if "xp" in keywords else {})
    return function(*rebuilt(arguments, iter(inputs)), **given)
