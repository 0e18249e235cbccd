"""Where a training starts: at random, at given weights, or where an earlier run stopped."""

from __future__ import annotations

from typing import Any

from xpsae.arrays.convert import as_floating, matching, require_finite
from xpsae.arrays.namespace import array_namespace, is_array, library_name, place
from xpsae.arrays.typing import AnyArray, RNGLike
from xpsae.checks import complaint
from xpsae.model import SparseAutoencoder
from xpsae.optimize.outcome import OptimizeResult
from xpsae.optimize.state import OptimizerState
from xpsae.problem import Objective


def state_of(start: Any) -> OptimizerState | None:
    """Return the optimizer's state that a run shall go on from, if `start` is or has one."""
    state = start.state if isinstance(start, OptimizeResult) else start
    return state if isinstance(state, OptimizerState) else None


def starting_point(start: Any, objective: Objective, rng: RNGLike) -> AnyArray:
    """Return what a run starts from: a state, or a vector: random, or the weights of a model, a result or an array."""
    if start is None:
        return objective.initial(rng)
    if (state := state_of(start)) is not None:
        x, dtype = state.vectors.get("x"), objective.data.dtype
        objective.checked(x, name="start")
        if x is not None and x.dtype != dtype:
            remedy = "Pass data of that dtype, or start=result.x to begin anew from its point."
            raise TypeError(complaint("start", f"a run in {dtype}, as the data are", f"one in {x.dtype}", remedy))
        return state
    if isinstance(start, SparseAutoencoder):
        return _weights(start, objective)
    theta = start.x if isinstance(start, OptimizeResult) else start
    if not is_array(theta):
        theta = as_floating(theta, name="start")
    remedy = f"The vector holds W1, W2, b1 and b2 of {objective.layout.n_hidden} hidden units."
    theta = matching(theta, objective.data.like, name="start", shape=(objective.size,), remedy=remedy)
    require_finite(theta, name="start")
    return theta


def _weights(model: SparseAutoencoder, objective: Objective) -> AnyArray:
    """Return the weights of a model that fits, or raise the error that says how to make it fit."""
    expected = f"a model of {objective.data.n_features} features and {objective.layout.n_hidden} hidden units"
    if (model.n_features, model.n_hidden) != (objective.data.n_features, objective.layout.n_hidden):
        got = f"one of {model.n_features} features and {model.n_hidden} hidden units"
        raise ValueError(complaint("start", expected, got, f"Pass n_hidden={model.n_hidden} and data of its kind."))
    if array_namespace(model.W1) is not objective.data.xp:
        library = library_name(objective.data.xp)
        remedy = f"Pass start=model.to({library!r})."
        raise TypeError(complaint("start", f"{expected}, {place(objective.data.X)}", place(model.W1), remedy))
    return objective.checked(model.theta, name="start")
