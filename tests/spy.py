"""An array library that counts: what leaves the device for the host, and how many operations were started.

It wraps NumPy, and hides it: an array can only be looked into by one of the reads that a GPU would have to wait for.
"""

import contextlib
from collections import Counter
from dataclasses import dataclass, field

import array_api_compat.numpy as backing
import numpy as np

from xpsae.arrays.tracing import leaves, rebuilt

DESCRIPTIONS = {"finfo", "iinfo", "isdtype", "result_type", "can_cast"}
BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]
COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]
VIEWS = {"getitem", "reshape"}
"""Operations that start nothing on a device."""


@dataclass
class Count:
    """What happened while counting."""

    reads: Counter = field(default_factory=Counter)
    operations: list = field(default_factory=list)


_counts = []


@contextlib.contextmanager
def counting():
    """Count reads and operations inside the block."""
    count = Count()
    _counts.append(count)
    try:
        yield count
    finally:
        _counts.remove(count)


def by_one_kernel(function, arguments, keywords):
    """Execute a formula as a GPU does, as one operation: a way for the tables of `xpsae.arrays.fusion`."""
    _started("kernel")
    inside = rebuilt(arguments, map(_inside, leaves(arguments)))
    found = function(*inside, **keywords | ({"xp": backing} if "xp" in keywords else {}))
    return rebuilt(found, map(_outside, leaves(found)))


def _read(kind):
    for count in _counts:
        count.reads[kind] += 1


def _started(name):
    for count in _counts:
        count.operations.append(name)


def _inside(x):
    if isinstance(x, SpyArray):
        return x._data
    return [_inside(each) for each in x] if isinstance(x, list | tuple) else x


def _outside(x):
    if isinstance(x, np.ndarray | np.generic):
        return SpyArray(np.asarray(x))
    return tuple(_outside(each) for each in x) if isinstance(x, tuple) else x


class Device:
    """A device that is equal to itself, and no key, as CuPy's is."""

    __hash__ = None

    def __eq__(self, other):
        return isinstance(other, Device)


class SpyArray:
    """An array of the counting library."""

    __array_priority__ = 1000
    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, data):
        self._data = data

    dtype = property(lambda self: self._data.dtype)
    shape = property(lambda self: self._data.shape)
    ndim = property(lambda self: self._data.ndim)
    size = property(lambda self: self._data.size)
    device = Device()
    T = property(lambda self: SpyArray(self._data.T))
    mT = property(lambda self: SpyArray(self._data.mT))  # noqa: N815

    def __array_namespace__(self, *, api_version=None):
        return NAMESPACE

    def __getitem__(self, key):
        _started("getitem")
        return _outside(self._data[_inside(key) if isinstance(key, SpyArray) else key])

    def __setitem__(self, key, value):
        _started("setitem")
        self._data[key] = _inside(value)

    def __neg__(self):
        _started("neg")
        return _outside(-self._data)

    def __invert__(self):
        _started("invert")
        return _outside(~self._data)

    def __abs__(self):
        _started("abs")
        return _outside(abs(self._data))

    def __repr__(self):
        return f"SpyArray(shape={self.shape}, dtype={self.dtype})"


def _operator(name, *, prefix=""):
    method = f"__{prefix}{name}__"

    def apply(self, other):
        _started(prefix + name)
        return _outside(getattr(self._data, method)(_inside(other)))

    setattr(SpyArray, method, apply)


def _reading(name):
    def read(self, *args, **kwargs):
        _read(name)
        return getattr(self._data, name)(*args, **kwargs)

    setattr(SpyArray, name, read)


for _name in BINARY:
    _operator(_name)
    _operator(_name, prefix="r")
for _name in COMPARISONS:
    _operator(_name)
for _name in ["__float__", "__bool__", "__int__", "__index__", "__complex__", "__array__", "__dlpack__"]:
    _reading(_name)
for _name in ["tolist", "item", "__len__", "__iter__"]:
    _reading(_name)


class _Namespace:
    __name__ = "spy"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(backing, name)
        if name in DESCRIPTIONS or not callable(found) or isinstance(found, type):
            return found

        def function(*args, device=None, **kwargs):
            assert device in (None, Device())
            _started(name)
            return _outside(found(*_inside(args), **{key: _inside(value) for key, value in kwargs.items()}))

        return function


NAMESPACE = _Namespace()
