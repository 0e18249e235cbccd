"""The run itself: evaluate, tell, record, until there is a reason to end."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

from xpsae.arrays.typing import Array
from xpsae.checkpoints import Checkpointer
from xpsae.data.affine import Scaling
from xpsae.data.schedule import single_threaded_products
from xpsae.interrupts import Interrupts
from xpsae.model import SparseAutoencoder
from xpsae.optimize.driver import Callback, Function, iterations, reached_by, started, tell_callback
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.outcome import OptimizeResult, Outcome
from xpsae.optimize.records import Options
from xpsae.optimize.stopping import Deadline
from xpsae.problem import Objective
from xpsae.progress import reporter
from xpsae.recording import Recorder, TrainingHistory
from xpsae.warnings import DataWarning

Step = TypeVar("Step")

_log = logging.getLogger("xpsae")
_OVERFLOW = (
    "training could not begin, because the cost is not finite at the start: numbers overflow in the dtype of the data. "
    "Pass scaling='range', float64 data, or a start with smaller weights."
)


def calmly(steps: Iterator[Step], workers: int | None) -> Iterator[Step]:
    """Yield the steps of a run, each made with products on one thread where workers share them, the minimizer's too.

    A BLAS keeps its threads busy for a while after a product, in case another comes; the workers need the processors.
    """
    if workers is None:
        yield from steps
        return
    while True:
        with single_threaded_products():
            try:
                step = next(steps)
            except StopIteration:
                return
        yield step


def minimized(objective: Function, x0: Array, options: Options, *, workers: int | None) -> OptimizeResult:
    """Return the minimum of a function that workers evaluate, where nobody watches."""
    optimizer = started(x0, options)
    for _ in calmly(iterations(objective, optimizer), workers):
        pass
    return optimizer.result()


@dataclass(frozen=True)
class Run:
    """Who watches a run, and what may end it."""

    callback: Callback | None
    deadline: Deadline
    checkpointer: Checkpointer | None
    progress: bool

    def train(
        self, objective: Objective, optimizer: LBFGS, *, scaling: Scaling, before: TrainingHistory | None = None
    ) -> SparseAutoencoder:
        """Return the model at the best point found; `before` is the course of a run that goes on."""
        with ExitStack() as closing:
            with Interrupts() as interrupts:
                shown = reporter(optimizer.options.max_iter, initial=optimizer.nit) if self.progress else None
                display = closing.enter_context(shown) if shown else None
                recorder = Recorder(objective, display, nfev=optimizer.nfev, before=before)
                if optimizer.nfev and before is None:
                    recorder.record(reached_by(optimizer))
                _log.debug("training: %r", objective)
                self._loop(objective, optimizer, recorder, interrupts)
            result = optimizer.result()
            if result.message == Outcome.BAD_START.value:
                warnings.warn(_OVERFLOW, DataWarning, stacklevel=3)
            _log.debug("trained: cost %g, %d iterations. %s", result.fun, result.nit, result.message)
            return SparseAutoencoder.of(objective, result, scaling=scaling, history=recorder.finish(result.message))

    def _loop(self, objective: Objective, optimizer: LBFGS, recorder: Recorder, interrupts: Interrupts) -> None:
        def ends() -> Outcome | None:
            """Return why the run has to end now, if it has to."""
            if interrupts.requested:
                return Outcome.INTERRUPTED
            return Outcome.TIME_LIMIT if self.deadline.passed() else None

        try:
            steps = iterations(recorder, optimizer, ends=ends)
            for reached in calmly(steps, objective.plan.workers):
                recorder.record(reached)
                if reached.nit and self.callback is not None:
                    tell_callback(self.callback, reached, optimizer)
                if self.checkpointer is not None:
                    self.checkpointer.after(optimizer, recorder)
        except Exception:
            # The data could not be read, whatever their store raises then: the run can go on when they are there again.
            self._write(optimizer, recorder)
            raise
        self._write(optimizer, recorder)

    def _write(self, optimizer: LBFGS, recorder: Recorder) -> None:
        if self.checkpointer is not None:
            self.checkpointer.write(optimizer, recorder)
