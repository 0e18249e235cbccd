"""The wording and the scalar checks of every public door: which parameter, what was expected, what came, what to do."""

from __future__ import annotations

import math
import numbers
import re
from typing import Any


def complaint(name: str, expected: str, got: str, remedy: str) -> str:
    """Return the one sentence form of a rejected argument.

    Parameters
    ----------
    name : str
        The parameter, as the caller spells it.
    expected, got : str
        What would have been accepted, and what came.
    remedy : str
        What the caller can do about it.

    Returns
    -------
    str
        The message.

    Examples
    --------
    >>> complaint("n_hidden", "an integer of at least 1", "0", "Pass n_hidden=25.")
    'n_hidden: expected an integer of at least 1, got 0. Pass n_hidden=25.'
    """
    return f"{name}: expected {expected}, got {got}. {remedy}"


def described(value: Any) -> str:
    """Return a short description of a value of any type for an error message."""
    text, kind = " ".join(repr(value).split()), type(value).__name__
    return text if len(text) <= 40 else f"{'an' if kind[0] in 'aeiouAEIO' else 'a'} {kind}"


def whole_number(name: str, value: Any, *, at_least: int, remedy: str) -> int:
    """Return `value` as an int, or raise an error that names the parameter.

    Parameters
    ----------
    name : str
        The parameter.
    value : int
        Any integral number; bool is refused, because ``n_hidden=True`` is a slip.
    at_least : int
        The smallest accepted value.
    remedy : str
        What the caller can do about a refusal.

    Returns
    -------
    int
        The value.

    Raises
    ------
    TypeError
        If `value` is not an integer.
    ValueError
        If it is below `at_least`.
    """
    expected = f"an integer of at least {at_least}"
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(complaint(name, expected, described(value), remedy))
    if value < at_least:
        raise ValueError(complaint(name, expected, described(value), remedy))
    return int(value)


def real_number(
    name: str,
    value: Any,
    *,
    low: float = 0.0,
    high: float = math.inf,
    open_ends: bool = False,
    remedy: str,
) -> float:
    """Return `value` as a Python float inside an interval, or raise an error that names the parameter.

    A Python float, because a NumPy float64 scalar would silently turn float32 arrays into float64.

    Parameters
    ----------
    name : str
        The parameter.
    value : float
        Any real number; bool is refused.
    low, high : float
        The ends of the interval; an infinite `high` is never itself accepted.
    open_ends : bool
        Whether `low` and `high` themselves are refused.
    remedy : str
        What the caller can do about a refusal.

    Returns
    -------
    float
        The value.

    Raises
    ------
    TypeError
        If `value` is not a real number.
    ValueError
        If it is NaN, infinite or outside the interval.
    """
    if high == math.inf:
        expected = f"a finite number {'above' if open_ends else 'of at least'} {low:g}"
    else:
        expected = (
            f"a number {'strictly between' if open_ends else 'from'} {low:g} {'and' if open_ends else 'to'} {high:g}"
        )
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(complaint(name, expected, described(value), remedy))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    inside = low < number < high if open_ends else low <= number <= high
    if not (inside and math.isfinite(number)):
        raise ValueError(complaint(name, expected, described(value), remedy))
    return number


_UNITS = {"": 1, "B": 1} | {
    prefix + suffix: base**power
    for power, prefix in enumerate("KMGT", start=1)
    for suffix, base in (("B", 1000), ("iB", 1024))
}


def byte_count(name: str, value: Any) -> int:
    """Return a number of bytes, given as an integer or in words like ``"2GiB"`` or ``"150 MB"``.

    Parameters
    ----------
    name : str
        The parameter.
    value : int or str
        At least 1 byte. KB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB of 1024.

    Returns
    -------
    int
        The bytes.

    Raises
    ------
    TypeError, ValueError
        If `value` is neither, or below one byte.

    Examples
    --------
    >>> byte_count("memory_limit", "1.5 KiB")
    1536
    """
    remedy = "Pass '2GiB' or '150MB', say, or a number of bytes."
    if not isinstance(value, str):
        return whole_number(name, value, at_least=1, remedy=remedy)
    found = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([KMGT]?i?B|)\s*", value, flags=re.IGNORECASE)
    units = {unit.lower(): size for unit, size in _UNITS.items()}
    if found is None or found[2].lower() not in units:
        raise ValueError(complaint(name, "a number of bytes", described(value), remedy))
    return whole_number(name, int(float(found[1]) * units[found[2].lower()]), at_least=1, remedy=remedy)


def in_bytes(count: float) -> str:
    """Return a number of bytes in words, ``"1.5 MB"``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"


def one_of(name: str, value: Any, choices: tuple[Any, ...], *, remedy: str) -> Any:
    """Return `value` if it is one of `choices`, or raise a ValueError that lists them."""
    if not any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
        listed = " or ".join(repr(choice) for choice in choices)
        raise ValueError(complaint(name, listed, described(value), remedy))
    return value
