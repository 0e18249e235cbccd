r"""The curvature pairs of L-BFGS in one ring buffer, and the direction they give.

All rows live in one array of 2·history + 3 rows, so that every inner product an iteration needs is one matrix product,
and the new direction another. What is left, the two-loop recursion, runs on the host on their few numbers.

    rows 0 … m-1      S, the steps           rows 2m, 2m+1    the last trial's gradient, and its change y
    rows m … 2m-1     Y, the changes         row 2m+2         the direction d

Rows are stored times a power of two near 1/norm, which is exact, so that float32 neither overflows nor underflows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from xpsae.arrays import host
from xpsae.arrays.namespace import from_host, set_rows
from xpsae.arrays.typing import Array, Device, DType, HostArray, Namespace


def power_of_two(size: float) -> float:
    """Return the power of two nearest below 1/size: multiplying by it is exact and brings `size` near one."""
    return math.ldexp(1.0, -math.frexp(size)[1]) if 0.0 < size < math.inf else 1.0


def two_loop(
    SY: HostArray, YY: HostArray, Sg: HostArray, Yg: HostArray, order: Sequence[int]
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
    d = -Σ (α_i - β_i) s_i - γ (g - Σ α_i y_i).
    """
    alpha, kept = host.zeros(len(Sg)), host.zeros(len(Sg))
    for i in reversed(order):
        alpha[i] = (Sg[i] - SY[i] @ alpha) / SY[i, i]
    newest = order[-1]
    gamma = float(SY[newest, newest] / YY[newest, newest])
    for i in order:
        beta = (gamma * (Yg[i] - YY[i] @ alpha) + kept @ SY[:, i]) / SY[i, i]
        kept[i] = alpha[i] - beta
    return gamma, -kept, gamma * alpha


class CurvatureHistory:
    """The newest `size` pairs (s, y) of steps and gradient changes, and the products among them.

    Parameters
    ----------
    size : int
        How many pairs are kept.
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
        self.buffer = xp.zeros((2 * size + 3, n), dtype=dtype, device=device)
        self.row_scale = host.ones(2 * size + 3)
        self.SY, self.YY = host.zeros((size, size)), host.zeros((size, size))
        self.order: list[int] = []

    @property
    def direction(self) -> Array:
        """The direction d, shape (n,)."""
        return self.buffer[2 * self.size + 2, :]

    def set_direction(self, d: Array) -> None:
        """Keep d where the next products find it."""
        self.buffer = set_rows(self.buffer, 2 * self.size + 2, self.xp.reshape(d, (1, -1)))

    def observe(self, gradient: Array, before: Array, *, gradient_size: float) -> None:
        """Write a trial's gradient and its change since the last accepted one into their rows."""
        scale = power_of_two(gradient_size)
        scaled = gradient * scale
        self.row_scale[2 * self.size : 2 * self.size + 2] = scale
        self.buffer = set_rows(self.buffer, 2 * self.size, self.xp.stack([scaled, scaled - before * scale]))

    def products(self) -> Array:
        """Return the inner products of all rows with the last trial's g, y and with d, flat, on the device."""
        return self.xp.reshape(self.buffer @ self.buffer[2 * self.size :, :].T, (-1,))

    def unscaled(self, products: Sequence[float]) -> HostArray:
        """Return the products read to the host in their true units, shape (2·size + 3, 3)."""
        table = host.reshape(host.asarray(products), (-1, 3))
        return table / (self.row_scale[:, None] * self.row_scale[2 * self.size :])

    def clear(self) -> None:
        """Forget all pairs."""
        self.order = []
        self.SY[...] = self.YY[...] = 0.0

    def add(self, step: float, products: HostArray) -> bool:
        """Keep the pair s = step · d, y of the accepted trial, and say whether its curvature was good enough to.

        Afterwards `products` is extended to that pair, so that `next_direction` can use it.
        """
        m = self.size
        yy, (dy, dd) = products[2 * m + 1, 1], products[2 * m + 2, 1:]
        if not step * dy > self.curvature * step * math.sqrt(dd * yy):
            return False
        slot = self.order.pop(0) if len(self.order) == m else len(self.order)
        self.order.append(slot)
        self._store(slot, step, products)
        products[slot] = step * products[2 * m + 2]
        products[m + slot] = products[2 * m + 1]
        self.SY[slot] = 0.0
        self.SY[self.order, slot] = products[self.order, 1]
        self.YY[slot, self.order] = self.YY[self.order, slot] = products[m + host.asarray(self.order), 1]
        return True

    def _store(self, slot: int, step: float, products: HostArray) -> None:
        m, row = self.size, 2 * self.size + 1
        yy, dd = products[row, 1], products[row + 1, 2]
        scale = power_of_two(step * math.sqrt(dd))
        self.buffer = set_rows(self.buffer, slot, self.buffer[row + 1 : row + 2, :] * (step * scale))
        scale_y = power_of_two(math.sqrt(yy) * self.row_scale[row])
        self.buffer = set_rows(self.buffer, m + slot, self.buffer[row : row + 1, :] * scale_y)
        self.row_scale[slot], self.row_scale[m + slot] = scale, scale_y * self.row_scale[row]

    def next_direction(self, products: HostArray) -> tuple[Array, float]:
        """Return -H g for the accepted gradient g, and its slope along itself, d·g."""
        m = self.size
        Sg, Yg, gg = products[:m, 0], products[m : 2 * m, 0], products[2 * m, 0]
        gamma, by_s, by_y = two_loop(self.SY, self.YY, Sg, Yg, self.order)
        slope = float(by_s @ Sg + by_y @ Yg - gamma * gg)
        rows = host.concatenate([by_s, by_y, [-gamma]]) / self.row_scale[: 2 * m + 1]
        coefficients = from_host(rows, xp=self.xp, device=self.buffer.device, dtype=self.buffer.dtype)
        return coefficients @ self.buffer[: 2 * m + 1, :], slope
