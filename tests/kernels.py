"""Every formula that becomes one kernel on a GPU, with arguments to call it."""

import array_api_compat.numpy as compat  # its astype takes the scalars of sums, on every version
import numpy as np

from xpsae.objective import evaluation, formulas, network
from xpsae.objective.cost import Means
from xpsae.objective.parameters import Parameters
from xpsae.optimize import history, readings

ROWS, N, H = 7, 5, 3
PENALTIES = {"weight_decay": 1e-3, "sparsity_target": 0.1, "sparsity_weight": 3.0}


def on_rows(formula, *kinds, **keywords):
    shapes = {"hidden": (ROWS, H), "rows": (ROWS, N), "unit": (H,)}
    return lambda draw, _: (formula, tuple(draw(*shapes[kind]) for kind in kinds), keywords)


def parameters(draw, extra=0):
    return Parameters(draw(H + extra, N), draw(N, H), draw(H + extra), draw(N))


def summed(draw, _):
    return network._summed, (draw(H), draw(H), draw(ROWS)), {"wide": np.float64, "xp": np}


def means_of(draw):
    activation = np.float64(1.0) / (1.0 + np.exp(draw(H).astype("f8")))
    return Means(activation, 1.0 - activation)


def averages(draw, dtype):
    activation, complement = (ROWS * each for each in means_of(draw))
    on, off = np.append(activation, ROWS), np.append(complement, 0.0)
    return evaluation._averages, (on, off), {"n_rows": ROWS, "dtype": dtype, **PENALTIES, "xp": np}


def joined(draw, _):
    parts = [network.Backward(draw(H + 1, N), draw(H + 1)) for _ in range(2)]
    return evaluation._joined, (*parts, draw(H + 1)), {"xp": np}


def finished(draw, _):
    squares = network.Squares(draw(H) ** 2, draw(N) ** 2)
    sums = (np.float64(ROWS * 0.7).reshape(()), means_of(draw), squares)
    back = network.Backward(draw(H + 1, N), draw(H + 1))
    return evaluation._finished, (sums, draw(N, H + 1), back, parameters(draw)), {"n_rows": ROWS, **PENALTIES, "xp": np}


def packed(draw, _):
    vectors = draw(ROWS), draw(ROWS), draw(ROWS)
    value, products = draw(1).astype("f8"), draw(9)
    return readings.packed, (value, products, vectors, (draw(ROWS), draw(ROWS))), {"xp": compat}


CALLS = {
    "activations": on_rows(formulas.activations, "hidden", "unit", xp=np),
    "outputs": on_rows(formulas.outputs, "hidden", "unit", decoder="sigmoid", xp=np),
    "linear outputs": on_rows(formulas.outputs, "hidden", "unit", decoder="linear", xp=np),
    "output errors": on_rows(formulas.output_errors, "rows", "rows", decoder="sigmoid", xp=np),
    "linear output errors": on_rows(formulas.output_errors, "rows", "rows", decoder="linear", xp=np),
    "hidden errors": on_rows(formulas.hidden_errors, "hidden", "hidden", "unit"),
    "weights": lambda draw, _: (network.weights, (parameters(draw),), {"xp": np}),
    "sums": summed,
    "averages": averages,
    "both parts": joined,
    "all": finished,
    "observed": lambda draw, _: (history.observed, (draw(ROWS), draw(ROWS)), {"scale": 0.5}),
    "moved": lambda draw, _: (history.moved, (draw(ROWS), draw(ROWS)), {"step": 0.25}),
    "readings": packed,
}


def arguments_of(name, dtype, seed):
    """Return a formula, arguments and keywords."""
    rng = np.random.default_rng(seed)
    return CALLS[name](lambda *shape: (9 * rng.standard_normal(shape)).astype(dtype), np.dtype(dtype))
