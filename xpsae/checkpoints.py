"""Checkpoints: a run as a file, written while it goes on, from which it can be gone on with to the last bit."""

from __future__ import annotations

import importlib.metadata
import os
import re
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint, described, one_of, real_number, whole_number
from xpsae.data.affine import Scaling
from xpsae.data.container import read_container, write_container
from xpsae.files import as_path
from xpsae.objective.cost import Penalties
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.state import TABLES
from xpsae.plans import Plan
from xpsae.recording import Recorder, TrainingHistory
from xpsae.warnings import CheckpointWarning

KIND = "xpsae checkpoint"
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_STATE, _HISTORY = "state.", "history."
VECTORS = {"x", "g", "rows", "best.x", "best.g", "lowest.g"}
"""The arrays of an optimizer's state that are as long as the problem; the others are its tables."""
_HEADER = {"data", "penalties", "scaling", "plan", "numbers", "versions"}


@dataclass(frozen=True)
class Every:
    """How often a checkpoint is written: after so many seconds, or so many iterations."""

    seconds: float = 60.0
    iterations: int | None = None

    @classmethod
    def of(cls, value: Any) -> Every:
        """Return what ``checkpoint_every=`` says: iterations, or a time such as "60s", "5min" or "1h"."""
        remedy = "Pass '60s', '5min' or '1h', or a number of iterations."
        if not isinstance(value, str):
            return cls(iterations=whole_number("checkpoint_every", value, at_least=1, remedy=remedy))
        found = re.fullmatch(r"\s*(\d+\.?\d*)\s*(s|min|h)\s*", value)
        if found is None:
            raise ValueError(complaint("checkpoint_every", "a time or iterations", described(value), remedy))
        seconds = float(found[1]) * _SECONDS[found[2]]
        return cls(seconds=real_number("checkpoint_every", seconds, open_ends=True, remedy=remedy))


class Checkpointer:
    """Writes the checkpoints of a run; trouble with the file is a warning, because the run is worth more.

    Parameters
    ----------
    path : Path
        The file.
    every : Every
        How often.
    facts : mapping
        What does not change in the run: data, penalties and scaling, as JSON can hold them.
    """

    def __init__(self, path: Path, every: Every, facts: Mapping[str, Any]) -> None:
        self._path, self._every, self._facts = path, every, facts
        # Now, because what is installed may not be readable, or not be there, when it is written.
        self._versions = {name: importlib.metadata.version(name) for name in ("xpsae", "numpy")}
        self._written, self._nit = time.monotonic(), 0
        self._warned = False

    def after(self, optimizer: LBFGS, recorder: Recorder) -> None:
        """Write a checkpoint if it is time to."""
        if self._every.iterations is not None:
            due = optimizer.nit - self._nit >= self._every.iterations
        else:
            due = time.monotonic() - self._written >= self._every.seconds
        if due:
            self.write(optimizer, recorder)

    def write(self, optimizer: LBFGS, recorder: Recorder) -> None:
        """Write a checkpoint; where that fails, the last good one stays, and the user is told once."""
        if not optimizer.nfev:
            return  # nothing is known yet that could be lost
        arrays, numbers = optimizer.state().packed()
        columns = {_HISTORY + name: host.asarray(column) for name, column in recorder.columns().items()}
        header = {**self._facts, "plan": asdict(recorder.plan), "numbers": numbers, "versions": self._versions}
        try:
            write_container(self._path, {_STATE + name: x for name, x in arrays.items()} | columns, header, kind=KIND)
        except OSError as error:
            if not self._warned:
                message = f"checkpoint not written, training goes on: {error}. The last good one stays."
                warnings.warn(message, CheckpointWarning, stacklevel=4)
            self._warned = True
        self._written, self._nit = time.monotonic(), optimizer.nit


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds."""

    data: str
    """The data's fingerprint."""
    penalties: Penalties
    scaling: Scaling
    plan: Plan
    history: TrainingHistory
    arrays: Mapping[str, HostArray]
    """Those of the optimizer's state."""
    numbers: Mapping[str, Any]


def facts_of(data: str, penalties: Penalties, scaling: Scaling) -> dict[str, Any]:
    """Return what a checkpoint says of a run, as JSON can hold it."""
    return {"data": data, "penalties": asdict(penalties), "scaling": asdict(scaling)}


def new_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of a checkpoint to be written, or raise the error that says why it cannot be."""
    file = as_path(path, name="checkpoint")
    if file.exists():
        remedy = f"xpsae.resume({os.fspath(file)!r}, X) goes on with it; delete it to begin anew."
        raise FileExistsError(complaint("checkpoint", "a file that is not there yet", os.fspath(file), remedy))
    if not file.parent.is_dir():
        got = f"{file} in a folder that is not there"
        raise FileNotFoundError(
            complaint("checkpoint", "a file in a folder that exists", got, "Make the folder first.")
        )
    return file


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Return what is in a checkpoint.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is damaged, of another kind, or of a newer version.
    """
    arrays, header = read_container(path, kind=KIND)
    try:
        return _checkpoint(arrays, header)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        got = f"{os.fspath(path)}, whose content does not fit together ({' '.join(str(error).split())[:200]})"
        remedy = "Pass a file that fit(checkpoint=...) wrote; this one was changed or damaged."
        raise ValueError(complaint("path", "a checkpoint", got, remedy)) from None


def _checkpoint(arrays: Mapping[str, HostArray], header: Mapping[str, Any]) -> Checkpoint:
    if header.keys() != _HEADER:
        message = f"the header has {sorted(header)}"
        raise ValueError(message)
    state = {name.removeprefix(_STATE): array for name, array in arrays.items() if name.startswith(_STATE)}
    plan, numbers = Plan(**header["plan"]), dict(header["numbers"])
    _require_plan(plan)
    _require_state(state, plan, numbers)
    return Checkpoint(
        data=str(header["data"]),
        penalties=Penalties(**header["penalties"]),
        scaling=Scaling(**header["scaling"]),
        plan=plan,
        history=_history({name: array for name, array in arrays.items() if not name.startswith(_STATE)}),
        arrays=state,
        numbers=numbers,
    )


def _history(arrays: Mapping[str, HostArray]) -> TrainingHistory:
    names = [_HISTORY + name for name in TrainingHistory.columns()]
    if arrays.keys() != set(names):
        message = f"the arrays besides the state are {sorted(arrays)}"
        raise ValueError(message)
    kinds = {(arrays[name].dtype.name, arrays[name].ndim, name == f"{_HISTORY}nfev") for name in names}
    if not kinds <= {("float64", 1, False), ("int64", 1, True)}:
        message = f"the columns of the history are {sorted(kinds)}"
        raise ValueError(message)
    columns = [tuple(arrays[name].tolist()) for name in names]
    if len({len(column) for column in columns}) != 1 or not columns[0]:
        message = "the columns of the history differ in length"
        raise ValueError(message)
    return TrainingHistory(*columns)


def _require_plan(plan: Plan) -> None:
    """Raise a ValueError or TypeError unless a plan can be gone by."""
    remedy = ""
    for name in ("n_samples", "n_features", "n_hidden", "itemsize", "history", "block_rows"):
        whole_number(name, getattr(plan, name), at_least=1, remedy=remedy)
    one_of("itemsize", plan.itemsize, (4, 8), remedy=remedy)
    one_of("one_pass", plan.one_pass, (False, True), remedy=remedy)
    one_of("conversion", plan.conversion, ("none", "kept", "repeated"), remedy=remedy)


def _require_state(arrays: Mapping[str, HostArray], plan: Plan, numbers: Mapping[str, Any]) -> None:
    """Raise a ValueError unless the arrays are those of the plan, so that a header alone never asks for memory."""
    if unknown := sorted(arrays.keys() - VECTORS - TABLES):
        message = f"the state has arrays {unknown}"
        raise ValueError(message)
    dtype, n, pairs = f"float{8 * plan.itemsize}", plan.n_parameters, plan.history
    found = {name: (array.dtype.name, array.shape) for name, array in arrays.items() if name in VECTORS}
    expected: dict[str, Any] = dict.fromkeys({*found, "x", "g"}, (dtype, (n,)))
    expected["rows"] = (dtype, (2 * pairs + 1, n))
    if found != expected or numbers["options"]["history"] != pairs:
        message = f"the state has {found}, and the plan asks for {expected}"
        raise ValueError(message)
    if not host.isfinite(arrays["x"]).all():
        message = "the point is not finite"
        raise ValueError(message)
