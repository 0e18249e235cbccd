"""Whether a gradient is right: central differences, along every coordinate or along random directions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xpsae.arrays import host, random
from xpsae.arrays.namespace import array_namespace, device_of, from_host, quiet, read, to_host, where, working_on
from xpsae.arrays.typing import AnyArray, Generator, HostArray, RNGLike
from xpsae.checks import real_number, whole_number
from xpsae.optimize.differences import Differences, Estimate
from xpsae.optimize.readings import answer, as_vector, callable_named, gradient_like, value_like

EVERY_COORDINATE = 500
"""Up to this many coordinates, each is checked; beyond, random directions are."""
TOLERANCES = {64: 1e-9, 32: 1e-2}
"""What the relative difference has to stay below, by the dtype's bits; 1e-9 is the bar of the UFLDL exercise."""
STEP = 0.01
"""Where the differences are taken, relative to the larger of 1 and the largest coordinate."""


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """How far a gradient is from finite differences of its function."""

    relative_difference: float
    """‖numerical - analytic‖ / ‖numerical + analytic‖."""
    tolerance: float
    """What it has to stay below."""
    directions: int
    """How many derivatives were compared."""
    every_coordinate: bool
    """Whether they were all coordinates, or random directions."""
    worst: int
    """The coordinate (or direction) of the largest difference, or of the first that is not finite."""
    numerical: HostArray
    """The derivatives by central differences, shape (directions,)."""
    analytic: HostArray
    """The same derivatives from the gradient, shape (directions,)."""
    value: float
    """The function's value there."""
    step: float
    """The largest distance at which the function was evaluated."""
    uncertainty: float
    """What rounding may have done to a numerical derivative; infinity where that did not matter."""
    resolved: bool
    """Whether the function changes by much more than that, so that a right gradient can be told from a wrong one."""

    @property
    def passed(self) -> bool:
        """Whether the difference is below the tolerance, or what rounding leaves open (NaN is neither)."""
        return self.relative_difference < self.tolerance or (self.resolved and self._undecided)

    @property
    def _undecided(self) -> bool:
        """No difference is larger than the numerical derivatives are uncertain."""
        return math.isfinite(self.uncertainty) and bool(
            host.all(host.abs(self.numerical - self.analytic) <= self.uncertainty)
        )

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        place = f"{'coordinate' if self.every_coordinate else 'direction'} {self.worst}"
        if not math.isfinite(self.value):
            return f"The gradient cannot be checked: the function is not finite at x, where it gives {self.value}."
        if not host.isfinite(self.numerical[self.worst]):
            return (
                f"The gradient cannot be checked: the function is not finite within {self.step:g} of x along {place}."
            )
        if not host.isfinite(self.analytic[self.worst]):
            return f"The gradient is WRONG: it is not finite along {place}, where the function is."
        return self._comparison(place)

    def _comparison(self, place: str) -> str:
        what = (
            f"over all {self.directions} coordinates"
            if self.every_coordinate
            else f"along {self.directions} directions"
        )
        size = f"relative difference {self.relative_difference:.2e} {what}"
        if self.relative_difference < self.tolerance:
            return f"The gradient is right: {size}, below {self.tolerance:g}."
        if not self._undecided:
            return f"The gradient is WRONG: {size}, not below {self.tolerance:g}; the largest at {place}."
        most = f"no derivative differs by more than the {self.uncertainty:.1e} that differences can resolve here"
        if self.resolved:
            return f"The gradient is right to within rounding: {most} ({size})."
        return f"The gradient cannot be checked: {most}, which tells nothing, so little does the function change."


def check_gradient(
    fun: Callable[[AnyArray], tuple[Any, AnyArray]],
    x: AnyArray,
    *,
    step: float | None = None,
    tolerance: float | None = None,
    n_directions: int = 5,
    rng: RNGLike = 0,
) -> GradientCheck:
    r"""Return how far a gradient is from finite differences of its function, with a verdict in words.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> (value, gradient)``, an `Objective` for one.
    x : array_like, shape (n,)
        Where to check. Check in float64: the differences of a float32 function have three digits.
    step : float, optional
        ε, above 0; by default 0.01 times the larger of 1 and the largest coordinate. It is halved where needed.
    tolerance : float, optional
        What the relative difference has to stay below, as far as rounding lets it; by default 1e-9 in float64, UFLDL's
        bar, and 1e-2 in float32.
    n_directions : int
        How many directions are compared where `x` has more than 500 coordinates: the gradient's own, and random ones.
        Each takes six evaluations, and two for each halving of ε.
    rng : int, numpy.random.Generator or None
        Where the directions come from.

    Returns
    -------
    GradientCheck
        ``passed``, ``relative_difference`` and both sets of derivatives; ``print`` it for the verdict. It is true in an
        ``if`` when the gradient is right, or differs by no more than rounding does.

    Raises
    ------
    TypeError, ValueError
        If `fun` is no function or returns no real number and gradient like `x`, if `x` is no vector, or for an option.

    Notes
    -----
    Along a direction u the derivative ∇J·u is compared with

    .. math:: D(\varepsilon) = \frac{J(x + \varepsilon u) - J(x - \varepsilon u)}{2 \varepsilon}, \qquad
              D_6 = \frac{64 D(\varepsilon/4) - 20 D(\varepsilon/2) + D(\varepsilon)}{45}

    whose error is of the order ε⁶ (Richardson's extrapolation), so that ε can be large enough for rounding not to
    matter. Where that does not pass, at a minimum or on a small scale, ε is halved until rounding does more than the
    terms cut off. Rounding is estimated as ten units in the last place of the values, times 6.6 (the sum of the
    extrapolation's weights) over ε; what is cut off, from two steps. A gradient that differs by less is right to within
    rounding. The measure ‖num − grad‖/‖num + grad‖ is that of the UFLDL exercise on gradient checking [1]_.

    References
    ----------
    .. [1] Ng, A., Ngiam, J., Foo, C. Y., Mai, Y., Suen, C., "UFLDL tutorial", Stanford University, 2011, "Gradient
       checking and advanced optimization".

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> check = xpsae.check_gradient(lambda x: (np.sum(x**3), 3 * x**2), [1.0, 2.0])
    >>> check.passed, check.directions
    (True, 2)
    >>> print(str(xpsae.check_gradient(lambda x: (np.sum(x**3), x), [1.0, 2.0]))[:22])
    The gradient is WRONG:
    """
    callable_named("fun", fun, remedy="Pass a function of a vector that returns (value, gradient).")
    point = as_vector("x", x)
    xp = array_namespace(point)
    bits, base = xp.finfo(point.dtype).bits, to_host(point).astype(host.float64)
    usual = STEP * max(1.0, float(host.max(host.abs(base))))
    epsilon = real_number("step", usual if step is None else step, open_ends=True, remedy="Pass 0.01.")
    bar = TOLERANCES[bits] if tolerance is None else real_number("tolerance", tolerance, remedy="Pass 1e-9.")
    count = whole_number("n_directions", n_directions, at_least=1, remedy="Pass 5.")

    def value(at: HostArray) -> float:
        """Return the function at a host vector."""
        with working_on(point):
            f, _ = answer(fun(from_host(at, xp=xp, device=device_of(point), dtype=point.dtype)))
            return read(value_like(point, f))[0]

    with where(point):
        start, slope = answer(fun(point))
        here, gradient = read(value_like(point, start))[0], to_host(gradient_like(point, slope)).astype(host.float64)
    every = base.shape[0] <= EVERY_COORDINATE
    directions = host.eye(base.shape[0]) if every else _directions(gradient, count, random.generator(rng))
    differences = Differences(value, base, here, directions, epsilon, float(xp.finfo(point.dtype).eps))
    analytic = gradient if every else directions @ gradient
    options: Any = {"bar": bar, "resolution": math.sqrt(TOLERANCES[bits]), "every": every, "here": here}
    with quiet():
        check = _compared(differences.estimate(0), analytic, **options)
        if not check.passed and math.isfinite(here):
            check = _compared(differences.best(), analytic, **options)
    return check


def _compared(
    estimate: Estimate, analytic: HostArray, *, bar: float, resolution: float, every: bool, here: float
) -> GradientCheck:
    numerical, difference = estimate.derivatives, estimate.derivatives - analytic
    distance, size = (float(host.linalg.norm(x)) for x in (difference, numerical + analytic))
    return GradientCheck(
        relative_difference=distance / size if size > 0.0 else distance,
        tolerance=bar,
        directions=len(numerical),
        every_coordinate=every,
        # NaN is what argmax takes for the largest.
        worst=int(host.argmax(host.abs(difference))),
        numerical=numerical,
        analytic=analytic,
        value=here,
        step=estimate.step,
        uncertainty=estimate.uncertainty,
        resolved=estimate.uncertainty <= resolution * estimate.slope,
    )


def _directions(gradient: HostArray, count: int, draws: Generator) -> HostArray:
    # The gradient's own direction, where the derivative is largest, and random ones.
    drawn = random.directions(draws, count, gradient.shape[0])
    length = host.linalg.norm(gradient)
    if 0.0 < length < host.inf:
        drawn[0] = gradient / length
    return drawn
