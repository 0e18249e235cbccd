r"""The curvature pairs of L-BFGS in one ring buffer, and the direction they give.

All rows live in one array of 2·history + 1 rows, so that every inner product an iteration needs is one matrix product,
and the new direction another. What is left, the two-loop recursion, runs on the host on their few numbers.

    rows 0 … m-1      S, the steps; the row of the free slot holds the direction d
    rows m … 2m-1     Y, the changes; the row of the free slot holds the last trial's change y
    row 2m            the last trial's gradient g

Rows are stored times a power of two near 1/norm, which is exact, so that float32 neither overflows nor underflows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from xpsae.arrays import host
from xpsae.arrays.fusion import small, with_rows
from xpsae.arrays.namespace import device_of, from_host, set_rows
from xpsae.arrays.typing import Array, Device, DType, HostArray, Namespace

CURVATURE = {64: 1e-8, 32: 1e-5}
"""Smallest cosine between step and gradient change of a pair that is kept, by the dtype's bits."""


def power_of_two(size: float) -> float:
    """Return the power of two nearest below 1/size: multiplying by it is exact and brings `size` near one."""
    return math.ldexp(1.0, -math.frexp(size)[1]) if 0.0 < size < math.inf else 1.0


def two_loop(
    SY: HostArray, YY: HostArray, Sg: HostArray, Yg: HostArray, order: Sequence[int], bend: HostArray
) -> tuple[float, HostArray, HostArray]:
    r"""Return γ and the coefficients of -H g in the basis g, S, Y, by the two-loop recursion on inner products.

    Parameters
    ----------
    SY, YY : numpy.ndarray, shape (m, m)
        s_i·y_j (needed where j is not older than i) and y_i·y_j.
    Sg, Yg : numpy.ndarray, shape (m,)
        s_i·g and y_i·g.
    order : sequence of int
        The slots in use, oldest first; at least one.
    bend : numpy.ndarray, shape (m,)
        How much more curved the function is at the end of s_i than on the way there; 1 for the plain method.

    Returns
    -------
    gamma : float
        The scale of the initial inverse Hessian, s·y / y·y of the newest pair.
    by_s, by_y : numpy.ndarray, shape (m,)
        The direction is -γ g + Σ by_s_i s_i + Σ by_y_i y_i.

    Notes
    -----
    Nocedal and Wright, algorithm 7.4, with every vector replaced by its inner products:
    α_i = (s_i·g - Σ_{j newer} α_j s_i·y_j) / s_i·y_i, newest first, then oldest first
    β_i = (γ (y_i·g - Σ_j α_j y_i·y_j) + Σ_{j older} (α_j - β_j) s_j·y_i) / s_i·y_i, and at last
    d = -Σ (α_i - β_i) s_i - γ (g - Σ α_i y_i). With a bend t_i, the recursion is that of the secant equation
    H t_i y_i = s_i along s_i: α_i / t_i takes the place of α_i in α_i - β_i.
    """
    alpha, kept = host.zeros(len(Sg)), host.zeros(len(Sg))
    for i in reversed(order):
        alpha[i] = (Sg[i] - SY[i] @ alpha) / SY[i, i]
    newest = order[-1]
    gamma = float(SY[newest, newest] / YY[newest, newest])
    for i in order:
        beta = (gamma * (Yg[i] - YY[i] @ alpha) + kept @ SY[:, i]) / SY[i, i]
        kept[i] = alpha[i] / bend[i] - beta
    return gamma, -kept, gamma * alpha


@small
def moved(d: Array, x: Array, *, step: float) -> Array:
    """Return x + step · d."""
    point = d * step
    point += x
    return point


@small
def observed(gradient: Array, before: Array, *, scale: float) -> tuple[Array, Array]:
    """Return the change of a gradient and the gradient itself, times `scale`."""
    return (gradient - before) * scale, gradient * scale


class CurvatureHistory:
    """The newest `size` pairs (s, y) of steps and gradient changes, the direction, and the products among them all.

    The direction d and a trial's change y lie where the next pair will, so that a pair is accepted without moving a
    number, by s = step · d. The oldest of `size` pairs leaves as soon as it has shaped a direction.

    Parameters
    ----------
    size : int
        How many pairs shape a direction, at most.
    n : int
        The length of the vectors.
    curvature : float
        A pair is kept only if s·y > curvature · ‖s‖ ‖y‖.
    dtype : dtype
        The vectors' dtype.
    device : device
        Where they lie.
    xp : namespace
        Their library.
    """

    def __init__(self, size: int, n: int, *, curvature: float, dtype: DType, device: Device, xp: Namespace) -> None:
        self.xp, self.size, self.curvature = xp, size, curvature
        self.buffer = xp.zeros((2 * size + 1, n), dtype=dtype, device=device)
        self.row_scale = host.ones(2 * size + 1)
        self.SY, self.YY, self.bend = host.zeros((size, size)), host.zeros((size, size)), host.ones(size)
        self.order: list[int] = []
        self.slot = 0

    def set_direction(self, d: Array, scale: float = 1.0) -> None:
        """Keep the direction; `d` is it times `scale`."""
        if len(self.order) == self.size:
            self.order.pop(0)
        self.slot = min(set(range(self.size)).difference(self.order))
        self.row_scale[self.slot] = scale
        self._write(self.slot, d)

    def moved(self, x: Array, step: float) -> Array:
        """Return x + step · d."""
        return moved(self.buffer[self.slot, :], x, step=float(step / self.row_scale[self.slot]))

    def observe(self, gradient: Array, before: Array, *, gradient_size: float) -> None:
        """Write a trial's gradient and its change since the last accepted one into their rows."""
        scale, into = power_of_two(gradient_size), self.size + self.slot
        self.row_scale[into] = self.row_scale[-1] = scale
        self.buffer = with_rows(self.buffer, (into, 2 * self.size), observed, gradient, before, scale=scale)

    def _write(self, row: int, vector: Array) -> None:
        self.buffer = set_rows(self.buffer, row, self.xp.reshape(vector, (1, -1)))

    def products(self) -> Array:
        """Return the inner products of all rows with the last trial's y and g, flat, on the device."""
        last = 2 * self.size
        both = self.buffer[self.size + self.slot : last + 1 : self.size - self.slot, :]
        return self.xp.reshape(self.buffer @ both.T, (-1,))

    @property
    def direction(self) -> Array:
        """The row of the direction."""
        return self.buffer[self.slot, :]

    def unscaled(self, products: Sequence[float]) -> HostArray:
        """Return the products read to the host in their true units, shape (2·size + 1, 2): with y, and with g."""
        table = host.reshape(host.asarray(products), (-1, 2))
        return cast("HostArray", table / (self.row_scale[:, None] * self.row_scale[-1]))

    def unscaled_along(self, sums: Sequence[float]) -> list[float]:
        """Return products of the direction's row, read to the host, in true units; of it with itself the root, ‖d‖."""
        scale = float(self.row_scale[self.slot])
        return [*(value / scale for value in sums[:-1]), math.sqrt(sums[-1]) / scale]

    def clear(self) -> None:
        """Forget all pairs, and what lies in the free slot: it may hold Inf, and 0 · Inf would spoil directions."""
        self.order = []
        self.SY[...] = self.YY[...] = 0.0
        nothing = self.xp.zeros((self.buffer.shape[1],), dtype=self.buffer.dtype, device=device_of(self.buffer))
        self._write(self.slot, nothing)
        self._write(self.size + self.slot, nothing)

    def add(self, step: float, products: HostArray, *, length: float, bend: float = 1.0) -> bool:
        """Keep the pair s = step · d, y of the accepted trial, and say whether its curvature was good enough to.

        Afterwards `products` is extended to that pair, so that `next_direction` can use it. `length` is ‖d‖, and `bend`
        the curvature at the end of the step relative to that on the way.
        """
        m, slot = self.size, self.slot
        if not products[slot, 0] > self.curvature * length * math.sqrt(products[m + slot, 0]):
            return False
        self.order.append(slot)
        self.row_scale[slot] /= step
        self.bend[slot] = bend
        products[slot] *= step
        self.SY[slot] = 0.0
        self.SY[self.order, slot] = products[self.order, 0]
        self.YY[slot, self.order] = self.YY[self.order, slot] = products[m + host.asarray(self.order), 0]
        return True

    def next_direction(self, products: HostArray) -> tuple[HostArray, float]:
        """Return the coefficients by which the rows add up to -H g for the accepted gradient g, and its slope."""
        m = self.size
        Sg, Yg, gg = products[:m, 1], products[m : 2 * m, 1], products[2 * m, 1]
        gamma, by_s, by_y = two_loop(self.SY, self.YY, Sg, Yg, self.order, self.bend)
        slope = float(by_s @ Sg + by_y @ Yg - gamma * gg)
        return host.concatenate([by_s, by_y, [-gamma]]), slope

    def turn(self, coefficients: HostArray, *, size: float) -> None:
        """Make the sum of the rows by these coefficients the direction; `size` is about its length, or less."""
        scale = power_of_two(size)
        by_row = scale * coefficients / self.row_scale
        weights = from_host(by_row, xp=self.xp, device=device_of(self.buffer), dtype=self.buffer.dtype)
        self.set_direction(weights @ self.buffer, scale)
