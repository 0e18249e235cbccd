"""The cost and its gradient as a reduction over blocks of rows, in two forms that give the same sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from xpsae.arrays.fusion import small
from xpsae.arrays.namespace import accumulator, device_of
from xpsae.arrays.typing import Array, DType, Namespace
from xpsae.objective import formulas, network
from xpsae.objective.cost import Means, Penalties, Terms, cost_terms, means, squared_norm, total
from xpsae.objective.network import Backward, Forward, Kept, Squares, Weights
from xpsae.objective.parameters import Parameters, flat

Sums = TypeVar("Sums", bound=tuple[Any, ...])


class Evaluation(NamedTuple):
    """Everything one evaluation of the objective finds out."""

    cost: Array
    """J, a 0-d array: the sum of its terms."""
    terms: Terms
    mean_activation: Array
    """ρ̂ over all rows, shape (n_hidden,)."""
    gradient: Array
    """By the flat vector of all parameters."""


class Visitor(Protocol):
    """The blocks of rows, as the cost sees them: something that calls a function of every block and adds the results.

    The function is called with the number of the block and the block, shape (rows, n_features), and returns a tuple
    of arrays, or of such tuples; the results are added by `add` in the order of the blocks.
    """

    @property
    def n_rows(self) -> int:
        """The number of rows of all blocks."""
        ...

    def __call__(self, of_block: Callable[[int, Array], Sums]) -> Sums:
        """Return the sum."""
        ...


def add(one: Sums, other: Sums) -> Sums:
    """Return the sum of the results of two blocks, in the memory of the first where its library can do that."""
    total: list[Any] = []
    for mine, others in zip(one, other, strict=True):
        if isinstance(mine, tuple):
            total.append(add(mine, others))
        else:
            mine += others  # in place for arrays that can be written, a new one otherwise
            total.append(mine)
    kind: Any = type(one)
    return cast("Sums", kind(total) if kind is tuple else kind(*total))


def evaluate(
    visit: Visitor, parameters: Parameters, penalties: Penalties, *, one_pass: bool = False, xp: Namespace
) -> Evaluation:
    r"""Return the cost's terms, ρ̂ and the gradient, by backpropagation over all rows.

    Parameters
    ----------
    visit : Visitor
        The data, cut into blocks of rows; the result does not depend on the cuts, except in the last digits.
    parameters : Parameters
        Where to evaluate.
    penalties : Penalties
        λ, ρ, β and the kind of decoder.
    one_pass : bool
        Which of two forms of the same sums is used. False: two passes over the data, the first of which keeps
        2·m·n_hidden numbers for the second; five matrix products. True: one pass that keeps nothing; six products.
    xp : namespace
        The library of all these arrays.

    Returns
    -------
    Evaluation
        Cost, terms and ρ̂ in float64 where the device has it, the gradient in the dtype of the data.

    Notes
    -----
    CS294A notes, sections 2 and 3. With D = H - X, the sigmoid decoder has δ³ = D∘H∘(1-H), the linear one δ³ = D, and

    .. math:: \delta^2 = \left( \delta^3 W_2 + s \right) \circ A \circ (1 - A), \qquad
              s = \beta \mathrm{KL}'(\hat\rho)

    .. math:: \nabla_{W_1} J = \tfrac{1}{m} \delta^{2\top} X + \lambda W_1, \quad
              \nabla_{W_2} J = \tfrac{1}{m} \delta^{3\top} A + \lambda W_2

    The sparsity slope s couples all rows through ρ̂, so that δ² is known only when all rows have been seen. But it is
    linear in s, and so is what it contributes to the gradient,

    .. math:: \delta^{2\top} X = G + \mathrm{diag}(s)\, S, \qquad G = \left( \delta^3 W_2 \circ A \circ (1 - A)
              \right)^\top X, \quad S = \left( A \circ (1 - A) \right)^\top X.
    """
    n_rows, numbers, dtype = visit.n_rows, penalties.numbers, parameters.W1.dtype
    weights = network.weights(parameters, xp=xp)
    if one_pass:
        found, (G, S) = _in_one_pass(visit, weights, penalties, xp=xp)
        averages, slope = _averages(found.activation, found.complement, n_rows=n_rows, dtype=dtype, **numbers, xp=xp)
        back = _joined(G, S, slope, xp=xp)
    else:
        found, kept = _keeping(visit, weights, penalties, xp=xp)
        averages, slope = _averages(found.activation, found.complement, n_rows=n_rows, dtype=dtype, **numbers, xp=xp)
        back = visit(lambda i, X: network.backward(X, kept.pop(i), slope, xp=xp))
    sums = found.squared_error, averages, weights.squares
    cost, terms, gradient = _finished(sums, found.V, back, parameters, n_rows=n_rows, **numbers, xp=xp)
    return Evaluation(cost, terms, averages.activation, gradient)


def _keeping(
    visit: Visitor, weights: Weights, penalties: Penalties, *, xp: Namespace
) -> tuple[Forward, dict[int, Kept]]:
    """Return the sums of the forward pass, and what it leaves of every block."""
    kept: dict[int, Kept] = {}
    wide = _wide(weights.W1, xp)

    def of_block(i: int, X: Array) -> Forward:
        found, kept[i] = network.forward(X, weights, decoder=penalties.decoder, wide=wide, xp=xp)
        return found

    return visit(of_block), kept


def _in_one_pass(
    visit: Visitor, weights: Weights, penalties: Penalties, *, xp: Namespace
) -> tuple[Forward, tuple[Backward, Backward]]:
    """Return the sums of the forward pass, and those of the backward pass by parts."""
    wide = _wide(weights.W1, xp)

    def of_block(_: int, X: Array) -> tuple[Forward, tuple[Backward, Backward]]:
        found, kept = network.forward(X, weights, decoder=penalties.decoder, wide=wide, xp=xp)
        return found, network.backward_by_parts(X, kept, xp=xp)

    return visit(of_block)


@small
def _averages(
    activation: Array,
    complement: Array,
    *,
    n_rows: int,
    dtype: DType,
    sparsity_target: float,
    sparsity_weight: float,
    xp: Namespace,
    **_: float,
) -> tuple[Means, Array]:
    """Return ρ̂ and 1 - ρ̂, and the slopes β KL'(ρ̂), 0 for the unit that is always on, in the dtype of the parameters."""
    averages = means(activation[:-1], complement[:-1], n_rows=n_rows, xp=xp)
    slope = formulas.divergence_slope(*averages, sparsity_target, dtype=dtype, xp=xp) * sparsity_weight
    return averages, xp.concat([xp.astype(slope, dtype), xp.zeros((1,), dtype=dtype, device=device_of(slope))])


@small
def _joined(G: Backward, S: Backward, slope: Array, *, xp: Namespace) -> Backward:
    """Return the sums of the backward pass from their parts."""
    return Backward(G.W1 + xp.reshape(slope, (-1, 1)) * S.W1, G.b1 + slope * S.b1)


@small
def _finished(
    sums: tuple[Array, Means, Squares],
    V: Array,
    back: Backward,
    parameters: Parameters,
    *,
    n_rows: int,
    weight_decay: float,
    xp: Namespace,
    **others: float,
) -> tuple[Array, Terms, Array]:
    """Return cost, terms and gradient from the sums over all rows, without the unit that is always on."""
    by = Parameters(
        W1=back.W1[:-1, :] / n_rows + parameters.W1 * weight_decay,
        W2=V[:, :-1] / -n_rows + parameters.W2 * weight_decay,
        b1=back.b1[:-1] / n_rows,
        b2=V[:, -1] / -n_rows,
    )
    squared_error, averages, squares = sums
    terms = cost_terms(squared_error, averages, squares, n_rows=n_rows, weight_decay=weight_decay, **others, xp=xp)
    return total(terms), terms, flat(by, xp=xp)


def _wide(X: Array, xp: Namespace) -> DType:
    return accumulator(xp=xp, device=device_of(X))


def mean_activations(visit: Visitor, parameters: Parameters, *, xp: Namespace) -> Means:
    """Return ρ̂ and 1 - ρ̂ alone, by the first half of the forward pass (one product)."""

    def of_block(_: int, X: Array) -> tuple[Array, Array]:
        """Return Σ A and Σ (1 - A)."""
        codes = network.encode(X, parameters.W1, parameters.b1, xp=xp)
        on, off = (xp.astype(each, _wide(X, xp)) for each in network.column_sums(*codes, xp=xp))
        return on, off

    return means(*visit(of_block), n_rows=visit.n_rows, xp=xp)


def evaluate_terms(visit: Visitor, parameters: Parameters, penalties: Penalties, *, xp: Namespace) -> Terms:
    """Return the cost's terms alone, by the forward pass (two products)."""
    W1, W2, b1, b2 = parameters

    def of_block(_: int, X: Array) -> tuple[Array, Array, Array]:
        """Return Σ A, Σ (1 - A) and Σ ‖h - x‖²."""
        wide, (A, C) = _wide(X, xp), network.encode(X, W1, b1, xp=xp)
        D = network.decode(A, W2, b2, decoder=penalties.decoder, xp=xp) - X
        on, off = (xp.astype(each, wide) for each in network.column_sums(A, C, xp=xp))
        return on, off, squared_norm(D, dtype=wide, xp=xp)

    on, off, squared_error = visit(of_block)
    averages, squares = means(on, off, n_rows=visit.n_rows, xp=xp), network.row_squares(W1, W2, xp=xp)
    return cost_terms(squared_error, averages, squares, n_rows=visit.n_rows, **penalties.numbers, xp=xp)
