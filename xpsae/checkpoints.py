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
from xpsae.checks import complaint, described, real_number, whole_number
from xpsae.data.affine import Scaling
from xpsae.data.container import read_container, write_container
from xpsae.files import as_path
from xpsae.objective.cost import Penalties
from xpsae.optimize.lbfgs import LBFGS
from xpsae.plans import Plan
from xpsae.recording import Recorder, TrainingHistory

KIND = "xpsae checkpoint"
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_STATE, _HISTORY = "state.", "history."
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
        What does not change in the run: data, penalties, scaling, plan, as JSON can hold them.
    """

    def __init__(self, path: Path, every: Every, facts: Mapping[str, Any]) -> None:
        self._path, self._every, self._facts = path, every, facts
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
        arrays, numbers = optimizer.state().packed()
        columns = {_HISTORY + name: host.asarray(column) for name, column in recorder.columns().items()}
        versions = {"xpsae": importlib.metadata.version("xpsae"), "numpy": importlib.metadata.version("numpy")}
        header = {**self._facts, "numbers": numbers, "versions": versions}
        try:
            write_container(self._path, {_STATE + name: x for name, x in arrays.items()} | columns, header, kind=KIND)
        except OSError as error:
            if not self._warned:
                message = f"checkpoint not written, training goes on: {error}. The last good one stays."
                warnings.warn(message, ResourceWarning, stacklevel=4)
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


def facts_of(data: str, penalties: Penalties, scaling: Scaling, plan: Plan) -> dict[str, Any]:
    """Return what a checkpoint says of a run, as JSON can hold it."""
    return {"data": data, "penalties": asdict(penalties), "scaling": asdict(scaling), "plan": asdict(plan)}


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
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        got = f"{os.fspath(path)}, whose content does not fit together ({error})"
        remedy = "Pass a file that fit(checkpoint=...) wrote; this one was changed or damaged."
        raise ValueError(complaint("path", "a checkpoint", got, remedy)) from None


def _checkpoint(arrays: Mapping[str, HostArray], header: Mapping[str, Any]) -> Checkpoint:
    if header.keys() != _HEADER:
        message = f"the header has {sorted(header)}"
        raise ValueError(message)
    columns = [tuple(arrays[_HISTORY + name].tolist()) for name in TrainingHistory.columns()]
    if len({len(column) for column in columns}) != 1 or not columns[0]:
        message = "the columns of the history differ in length"
        raise ValueError(message)
    state = {name.removeprefix(_STATE): array for name, array in arrays.items() if name.startswith(_STATE)}
    return Checkpoint(
        data=str(header["data"]),
        penalties=Penalties(**header["penalties"]),
        scaling=Scaling(**header["scaling"]),
        plan=Plan(**header["plan"]),
        history=TrainingHistory(*columns),
        arrays=state,
        numbers=dict(header["numbers"]),
    )
