"""From an optimizer to the record of its state, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from xpsae.arrays.typing import Array
from xpsae.checks import complaint, described
from xpsae.optimize.line_search import LineSearch
from xpsae.optimize.outcome import Outcome
from xpsae.optimize.readings import copied
from xpsae.optimize.records import Options, Point, Trial
from xpsae.optimize.state import REMEDY, VERSION, OptimizerState, fields_of, plain, plain_fields, require, require_table
from xpsae.optimize.trial_steps import Bracket, Sample

if TYPE_CHECKING:
    from xpsae.optimize.lbfgs import LBFGS

COUNTS = ("nit", "nfev", "step")
POINT = ("f", "gradient_norm", "norm", "step", "evaluation")
TRIAL = ("step", "evaluation", "f", "gradient_norm", "slope", "slope0", "length", "sway")
STOPPING = ("start", "lowest_f", "lowest_gradient", "low_at")
GIVEN = ("f0", "slope0", "step", "c1", "c2", "noise", "noise_limit", "step_min", "step_max", "relative_width")
SEARCH = (*GIVEN, "max_trials", "trials", "wall", "rise", "stage")
INTERVAL = ("width", "width_before", "low", "high")


def state_of(optimizer: LBFGS, *, shared: bool) -> OptimizerState:
    """Return the state of an optimizer; `shared` leaves out the copy of the pairs, for an optimizer that has ended."""
    if not optimizer.nfev:
        return OptimizerState({"x": optimizer.current.x}, {}, _run_numbers(optimizer))
    pairs, current, best = optimizer.pairs, optimizer.current, optimizer.lowest_accepted
    vectors = {"x": current.x, "g": current.g, "rows": pairs.buffer if shared else copied(pairs.buffer)}
    tables = {"row_scale": pairs.row_scale.copy(), "SY": pairs.SY.copy(), "YY": pairs.YY.copy()}
    tables["bend"] = pairs.bend.copy()
    numbers = _run_numbers(optimizer) | {
        "noise": optimizer.rounding.noise,
        "order": list(pairs.order),
        "slot": pairs.slot,
        "stopping": plain_fields(optimizer.stopping, STOPPING),
        "current": plain_fields(current, POINT),
        "best": None if best is current else plain_fields(best, POINT),
        "lowest": None,
        "search": _search_numbers(optimizer.search) if optimizer.search else None,
    }
    if best is not current:
        vectors |= {"best.x": best.x, "best.g": best.g}
    if optimizer.lowest is not None:
        trial, vectors["lowest.g"] = optimizer.lowest
        tables["lowest.products"], numbers["lowest"] = trial.products, plain_fields(trial, TRIAL)
    return OptimizerState(vectors, tables, numbers)


def _run_numbers(optimizer: LBFGS) -> dict[str, Any]:
    return {
        "version": VERSION,
        "n": optimizer.current.x.shape[0],
        "options": asdict(optimizer.options),
        "outcome": optimizer.outcome.name if optimizer.outcome else None,
        **plain_fields(optimizer, COUNTS),
    }


def _search_numbers(search: LineSearch) -> dict[str, Any]:
    return plain_fields(search, SEARCH + INTERVAL) | {"bracket": plain(search.bracket)}


def restored(make: type[LBFGS], state: OptimizerState, limits: Mapping[str, Any]) -> LBFGS:
    """Return an optimizer that goes on from a state, with some of its options replaced."""
    if not isinstance(state, OptimizerState):
        raise TypeError(complaint("state", "an OptimizerState", described(state), "Pass result.state."))
    try:
        version, n = int(state.numbers["version"]), int(state.numbers["n"])
        options = Options(**state.numbers["options"])
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(error) from None
    if version > VERSION:
        expected = f"a state of version {VERSION} or older"
        raise ValueError(
            complaint("state", expected, f"version {version}", "Update xpsae to the release that made it.")
        )
    if limits.get("history", options.history) != options.history:
        expected = f"the {options.history} pairs of the state"
        raise ValueError(complaint("history", expected, str(limits["history"]), f"Pass history={options.history}."))
    optimizer = make(require(state.vectors, "x", (n,)), replace(options, **limits))
    try:
        numbers = _numbers(optimizer, state.numbers) if int(state.numbers["nfev"]) else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(error) from None
    if numbers is not None:
        _restore_arrays(optimizer, state, numbers)
        optimizer.outcome = _still(Outcome[numbers["outcome"]], optimizer, options) if numbers["outcome"] else None
        optimizer.outcome = optimizer.outcome or optimizer.stopping.limit(optimizer.nit, optimizer.nfev)
    return optimizer


def _damaged(error: Exception) -> ValueError:
    return ValueError(complaint("state", "the numbers of a state", f"{type(error).__name__} ({error})", REMEDY))


def _numbers(optimizer: LBFGS, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Set what is a number, and return what belongs to an array."""
    pairs = optimizer.pairs
    for name, value in fields_of(numbers, COUNTS).items():
        setattr(optimizer, name, value)
    optimizer.rounding.noise = float(numbers["noise"])
    for name, value in fields_of(numbers["stopping"], STOPPING).items():
        setattr(optimizer.stopping, name, value)
    pairs.order, pairs.slot = [int(slot) for slot in numbers["order"]], int(numbers["slot"])
    slots = {*pairs.order, pairs.slot}
    if len(set(pairs.order)) < len(pairs.order) or not slots <= set(range(pairs.size)):
        message = f"slots {pairs.order} and {pairs.slot} of {pairs.size}"
        raise ValueError(message)
    optimizer.search = _search(numbers["search"]) if numbers["search"] else None
    return {
        "outcome": Outcome[numbers["outcome"]].name if numbers["outcome"] else None,
        "current": fields_of(numbers["current"], POINT),
        "best": fields_of(numbers["best"], POINT) if numbers["best"] else None,
        "lowest": fields_of(numbers["lowest"], TRIAL) if numbers["lowest"] else None,
    }


def _search(numbers: Mapping[str, Any]) -> LineSearch:
    search = LineSearch(**fields_of(numbers, SEARCH))
    for name, value in fields_of(numbers, INTERVAL).items():
        setattr(search, name, value)
    best, other, closed = numbers["bracket"]
    search.bracket = Bracket(Sample(*map(float, best)), Sample(*map(float, other)), bool(closed))
    return search


def _restore_arrays(optimizer: LBFGS, state: OptimizerState, numbers: Mapping[str, Any]) -> None:
    pairs, x0 = optimizer.pairs, optimizer.current.x

    def vector(name: str, *shape: int) -> Array:
        """Return a copy of one of the state's vectors."""
        return copied(require(state.vectors, name, shape or (x0.shape[0],), x0.dtype))

    pairs.buffer = vector("rows", 2 * pairs.size + 1, x0.shape[0])
    pairs.row_scale = require_table(state, "row_scale", (2 * pairs.size + 1,))
    pairs.SY, pairs.YY = (require_table(state, name, (pairs.size, pairs.size)) for name in ("SY", "YY"))
    pairs.bend = require_table(state, "bend", (pairs.size,))
    optimizer.current = optimizer.lowest_accepted = Point(x=x0, g=vector("g"), **numbers["current"])
    if numbers["best"]:
        optimizer.lowest_accepted = Point(x=vector("best.x"), g=vector("best.g"), **numbers["best"])
    if numbers["lowest"]:
        products = require_table(state, "lowest.products", (2 * pairs.size + 1, 2))
        optimizer.lowest = Trial(products=products, **numbers["lowest"]), vector("lowest.g")


def _still(outcome: Outcome, optimizer: LBFGS, before: Options) -> Outcome | None:
    """Return the outcome if it stands under the new options, and None where the run can go on."""
    options, stopping = optimizer.options, optimizer.stopping
    limits = {
        Outcome.MAX_ITER,
        Outcome.MAX_EVAL,
        Outcome.TIME_LIMIT,
        Outcome.INTERRUPTED,
        Outcome.CALLBACK,
        Outcome.GRADIENT,
    }
    if outcome in limits or (outcome is Outcome.COST and options.ftol < before.ftol):
        return stopping.by_gradient(optimizer.current)
    return outcome
