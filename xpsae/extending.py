"""An autoencoder with activations and penalties of the user's own."""

# Longer than the ceiling because every public method carries its documentation.

from __future__ import annotations

from typing import Any

from xpsae.arrays import host
from xpsae.arrays.convert import matching
from xpsae.arrays.namespace import accumulator, array_namespace, from_host, working_on
from xpsae.arrays.typing import AnyArray, Array, HostArray, RNGLike
from xpsae.checks import complaint, described, one_of, real_number, whole_number
from xpsae.data.blocks import BLOCK_ROWS, RowBlocks, as_rows
from xpsae.data.elsewhere import at_hand
from xpsae.objective import formulas
from xpsae.objective.extension import L1, RELU, Activation, Penalty, Sums, cost_and_gradient, sums
from xpsae.objective.network import DECODERS
from xpsae.objective.parameters import Layout, Parameters
from xpsae.planning import workers_for
from xpsae.problem import Visit

_POINTS, _STEP, _BAR = 200, 1e-5, 1e-6
"""Where slopes are compared with differences, over which step, and by how much they may differ."""


class ExtendedObjective:
    r"""The cost of an autoencoder with an activation and a penalty of one's own, as a function of a flat vector.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, of any array library.
    n_hidden : int
        Hidden units, at least 1.
    activation : Activation
        Of the hidden units: ``xpsae.RELU``, ``xpsae.TANH`` or one of your own.
    penalty : Penalty
        On every activation: ``xpsae.L1`` or one of your own.
    weight_decay : float
        λ, at least 0.
    penalty_weight : float
        β, at least 0.
    decoder : {"linear", "sigmoid"}
        The output units.
    workers : int, optional
        Threads that visit blocks of NumPy arrays, by default as many as there are processors.

    Raises
    ------
    TypeError, ValueError
        For data or options that cannot be used, and for slopes that are not the derivatives of their values: the
        message says where they differ and by how much.

    See Also
    --------
    Objective : The lecture notes' cost, which is faster.
    minimize : Minimizes it.

    Notes
    -----
    .. math:: J(\theta) = \frac{1}{2m} \sum_i \lVert h(x_i) - x_i \rVert^2
              + \frac{\lambda}{2} \left( \lVert W_1 \rVert^2 + \lVert W_2 \rVert^2 \right)
              + \frac{\beta}{m} \sum_{ij} p(a_{ij}), \qquad a = f(W_1 x + b_1)

    Both formulas are compared with central differences at random points when the objective is made; a kink, as ReLU has
    at zero, does not disturb that. θ is laid out as that of `Objective`.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((200, 6))
    >>> objective = xpsae.ExtendedObjective(X, 4, activation=xpsae.TANH, penalty=xpsae.L1, penalty_weight=0.01)
    >>> result = xpsae.minimize(objective, objective.initial(rng=0), max_iter=50)
    >>> objective.encode(result.x, X).shape, objective.reconstruct(result.x, X).shape
    ((200, 4), (200, 6))
    """

    def __init__(
        self,
        X: Any,
        n_hidden: int,
        *,
        activation: Activation = RELU,
        penalty: Penalty = L1,
        weight_decay: float = 1e-4,
        penalty_weight: float = 1e-2,
        decoder: str = "linear",
        workers: int | None = None,
    ) -> None:
        rows = as_rows(X)
        width = whole_number("n_hidden", n_hidden, at_least=1, remedy="Pass 25, say.")
        self.weight_decay = real_number("weight_decay", weight_decay, remedy="Pass 1e-4, say.")
        self.penalty_weight = real_number("penalty_weight", penalty_weight, remedy="Pass 1e-2, say.")
        self.decoder = one_of("decoder", decoder, DECODERS, remedy="Pass one of these.")
        self.activation, self.penalty = _of_kind("activation", activation), _of_kind("penalty", penalty)
        self.layout = Layout(rows.shape[1], width)
        self._data = RowBlocks(rows, BLOCK_ROWS[0])
        self._visit = Visit(self._data, workers_for(rows, workers))

    def __call__(self, theta: AnyArray) -> tuple[AnyArray, AnyArray]:
        """Return the cost, a 0-d array, and its gradient, like `theta`.

        Parameters
        ----------
        theta : array, shape (size,)
            The point, of the data's library and device.

        Returns
        -------
        cost : array, 0-d
            J, float64 where the device has it.
        gradient : array, shape (size,)
            Of the data's library, dtype and device.

        Raises
        ------
        TypeError, ValueError
            If `theta` is of another library, device or size.
        """
        data, xp = self._data, self._data.xp
        how: dict[str, Any] = {"weight": self.penalty_weight, "decoder": self.decoder}
        with working_on(data.X):
            parameters = self.unpack(theta)
            wide = accumulator(xp=xp, device=data.device)

            def of_block(_: int, X: Array) -> Sums:
                return sums(X, parameters, self.activation, self.penalty, **how, wide=wide, xp=xp)

            found = self._visit(of_block)
            decay, m = self.weight_decay, data.n_samples
            cost, gradient = cost_and_gradient(found, parameters, weight_decay=decay, n_rows=m, xp=xp)
            return cost, self.layout.pack(gradient, xp=xp)

    @property
    def size(self) -> int:
        """The length of θ: 2·n_features·n_hidden + n_hidden + n_features."""
        return self.layout.size

    def unpack(self, theta: AnyArray) -> Parameters:
        """Return the weights and biases in a flat vector.

        Parameters
        ----------
        theta : array, shape (size,)
            The vector, of the data's library and device.

        Returns
        -------
        named tuple of array
            W1 (n_hidden, n_features), W2 (n_features, n_hidden), b1 (n_hidden,) and b2 (n_features,).
        """
        remedy = "objective.initial(rng) gives a vector that fits."
        checked = matching(theta, self._data.like, name="theta", shape=(self.size,), remedy=remedy)
        return self.layout.unpack(checked, xp=self._data.xp)

    def initial(self, rng: RNGLike = None) -> AnyArray:
        """Return the notes' random start, as `Objective.initial` does.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Where the draw comes from.

        Returns
        -------
        array, shape (size,)
            Of the data's library, dtype and device.
        """
        data = self._data
        return from_host(self.layout.initial(rng), xp=data.xp, device=data.device, dtype=data.dtype)

    def encode(self, theta: AnyArray, X: AnyArray) -> AnyArray:
        """Return the activations of the hidden units.

        Parameters
        ----------
        theta : array, shape (size,)
            The parameters.
        X : array, shape (n_samples, n_features)
            Data, of the library and device of the training data.

        Returns
        -------
        array, shape (n_samples, n_hidden)
            What the activation makes of the weighted inputs.
        """
        rows = at_hand(as_rows(X, n_features=self.layout.n_features))
        remedy = "Pass rows like those of the training."
        with working_on(rows):
            rows = matching(rows, self._data.like, name="X", shape=tuple(rows.shape), remedy=remedy)
            W1, _, b1, _ = self.unpack(theta)
            return self.activation.value(rows @ W1.T + b1, xp=array_namespace(rows))

    def reconstruct(self, theta: AnyArray, X: AnyArray) -> AnyArray:
        """Return what the network makes of data.

        Parameters
        ----------
        theta : array, shape (size,)
            The parameters.
        X : array, shape (n_samples, n_features)
            Data, of the library and device of the training data.

        Returns
        -------
        array, shape (n_samples, n_features)
            The outputs.
        """
        codes = self.encode(theta, X)
        with working_on(codes):
            _, W2, _, b2 = self.unpack(theta)
            return formulas.outputs(codes @ W2.T, b2, decoder=self.decoder, xp=array_namespace(codes))[0]


def _of_kind(name: str, formula: Any) -> Any:
    """Return an activation or a penalty whose slope is the derivative of its value, or raise what says it is not."""
    if not isinstance(formula, {"activation": Activation, "penalty": Penalty}[name]):
        remedy = f"Pass xpsae.{name.capitalize()}(name, value, slope)."
        raise TypeError(complaint(name, f"an xpsae.{name.capitalize()}", described(formula), remedy))
    x = host.random.default_rng(0).normal(scale=2.0, size=_POINTS)
    slope = _slope(formula, x)
    differences = (_value(formula, x + _STEP) - _value(formula, x - _STEP)) / (2.0 * _STEP)
    far = host.abs(slope - differences) / (1.0 + host.abs(differences))
    worst = int(host.argmax(far))
    if not far[worst] <= _BAR:
        got = f"{slope[worst]:.6g} at {x[worst]:.3g}, where differences say {differences[worst]:.6g}"
        remedy = "Its slope has to be the derivative of its value."
        raise ValueError(complaint(f"{name} {formula.name!r}", "the right slope", got, remedy))
    return formula


def _value(formula: Activation | Penalty, x: HostArray) -> HostArray:
    value: HostArray = formula.value(x, xp=array_namespace(x))
    return value


def _slope(formula: Activation | Penalty, x: HostArray) -> HostArray:
    before = (_value(formula, x),) if isinstance(formula, Activation) else ()
    slope: HostArray = formula.slope(x, *before, xp=array_namespace(x))
    return slope
