"""From data and what the user has decided to blocks of rows and the plan for visiting them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from xpsae.arrays.memory import free_pool, ran_out, spare_bytes
from xpsae.arrays.namespace import array_namespace, library_name
from xpsae.arrays.precision import require_precision
from xpsae.arrays.typing import Array
from xpsae.checks import byte_count, whole_number
from xpsae.data.affine import Conversion, Scaling
from xpsae.data.ahead import AHEAD
from xpsae.data.blocks import RowBlocks
from xpsae.data.elsewhere import is_elsewhere, is_shared
from xpsae.data.schedule import available_workers
from xpsae.plans import SENT_BYTES, Plan, choose_plan


@dataclass(frozen=True)
class Wishes:
    """What the user has decided of a plan, checked; None leaves the choice."""

    history: int | None = None
    workers: int | None = None
    block_rows: int | None = None
    memory_limit: int | str | None = None

    def __post_init__(self) -> None:
        for name, least in (("history", 0), ("workers", 1), ("block_rows", 1)):
            if (value := getattr(self, name)) is not None:
                number = whole_number(name, value, at_least=least, remedy="Pass None to have it chosen.")
                object.__setattr__(self, name, number)
        self.bytes  # noqa: B018 - so that a limit that is none is refused at the door

    @property
    def bytes(self) -> int | None:
        """The memory limit as a number."""
        return None if self.memory_limit is None else byte_count("memory_limit", self.memory_limit)


def planned(
    X: Array, n_hidden: int, wishes: Wishes, *, scaling: Scaling | None = None, moved: int = 0
) -> tuple[RowBlocks, Plan]:
    """Return checked rows as the blocks they are visited in, converted now or when they are visited, and the plan."""
    return blocks_for(X, plan_of(X, n_hidden, wishes, scaling=scaling, moved=moved), scaling=scaling)


def plan_of(X: Array, n_hidden: int, wishes: Wishes, *, scaling: Scaling | None = None, moved: int = 0) -> Plan:
    """Return the plan for checked rows, whose copy on another device has taken `moved` bytes already."""
    data = RowBlocks(X, X.shape[0])
    return choose_plan(
        data.n_samples,
        data.n_features,
        n_hidden,
        itemsize=data.itemsize,
        history=wishes.history,
        workers=workers_for(X, wishes.workers),
        block_rows=wishes.block_rows and min(wishes.block_rows, data.n_samples),
        converted=_conversion(data, scaling) is not None,
        where=where_of(X),
        memory_limit=wishes.bytes,
        spare=spare_bytes(data.like),
        moved=moved,
    )


def plan_again(X: Array, plan: Plan, wishes: Wishes, *, scaling: Scaling) -> Plan:
    """Return the plan of a run that goes on: its own, for its bits, unless a card has no room for it."""
    own = replace(plan, workers=workers_for(X, wishes.workers, plan.workers), moved_bytes=0)
    if where_of(X) != "host":
        return own
    sent = plan.conversion == "repeated" and plan.one_pass
    own = replace(own, conversion="repeated", ahead=AHEAD) if sent else replace(own, conversion="kept", ahead=0)
    if plan.workers is None and own.total_bytes <= (spare_bytes(RowBlocks(X, 1).like) or 0):
        return own
    return plan_of(X, plan.n_hidden, replace(wishes, history=plan.history), scaling=scaling)


def precise(X: Array, precision: str) -> Array:
    """Return checked rows; before any work, raise the ValueError of a precision their products cannot have."""
    require_precision(precision, RowBlocks(X, 1).like)
    return X


def where_of(X: Array) -> str:
    """Return where checked rows are, in the words of `choose_plan`."""
    if is_shared(X):
        return "cluster"
    if not is_elsewhere(X):
        return "memory"
    return "host" if spare_bytes(X.like) is not None else "files"


def workers_for(X: Array, wished: int | None, planned: int | None = None) -> int | None:
    """Return how many visit rows: threads, shares of a cluster, or None for a library with threads of its own."""
    if is_shared(X):
        return wished or planned or cast("int", X.workers)
    if library_name(array_namespace(X)) != "numpy":
        return None
    return wished or min(planned or available_workers(), available_workers())


def blocks_for(X: Array, plan: Plan, *, scaling: Scaling | None = None) -> tuple[RowBlocks, Plan]:
    """Return checked rows, or a part of them, as the blocks of a plan, and the plan."""
    if is_shared(X) and plan.workers:
        X.in_shares(plan.workers)
    data = RowBlocks(X, plan.block_rows)
    data = replace(data, convert=_conversion(data, scaling))
    if plan.conversion != "kept":
        return data, plan
    try:
        return data.copied(), plan
    except Exception as error:
        if not ran_out(error) or (is_elsewhere(X) and where_of(X) != "host"):
            raise
    free_pool(data.xp)
    if is_elsewhere(X):  # the card has less memory than it had when the plan was made: rows are sent
        rows = min(plan.block_rows, max(1, SENT_BYTES // (data.itemsize * data.n_features)))
        plan = replace(plan, one_pass=True, block_rows=rows, ahead=AHEAD)
        data = replace(data, block_rows=rows)
    return data, replace(plan, conversion="repeated")


def _conversion(data: RowBlocks, scaling: Scaling | None) -> Conversion | None:
    scaling = scaling or Scaling()
    if data.X.dtype == data.dtype and scaling.kind == "identity":
        return None
    return Conversion(f"float{8 * data.itemsize}", scaling)
