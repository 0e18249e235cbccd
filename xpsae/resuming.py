"""Going on with a run from its checkpoint."""

from __future__ import annotations

import os
from typing import Any

from xpsae.arrays.memory import free_pool
from xpsae.arrays.namespace import array_namespace, device_of, working_on
from xpsae.checkpoints import Checkpointer, Every, facts_of, read_checkpoint
from xpsae.checks import complaint
from xpsae.data.blocks import real_rows
from xpsae.data.elsewhere import placed
from xpsae.data.fingerprint import fingerprint
from xpsae.files import as_path
from xpsae.model import SparseAutoencoder
from xpsae.optimize.driver import Callback
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.readings import callable_named
from xpsae.optimize.state import OptimizerState
from xpsae.optimize.stopping import Deadline
from xpsae.planning import Wishes, blocks_for, plan_again, precise
from xpsae.problem import Objective
from xpsae.running import Run


def resume(  # noqa: PLR0913 - what `fit` takes beside data and hyper-parameters
    path: str | os.PathLike[str],
    X: Any,
    *,
    max_iter: int | None = None,
    max_eval: int | None = None,
    time_limit: float | None = None,
    callback: Callback | None = None,
    progress: bool = False,
    device: str | None = None,
    precision: str = "full",
    workers: int | None = None,
    checkpoint_every: str | int = "60s",
) -> SparseAutoencoder:
    """Return the model of a run that goes on from its checkpoint, to the last bit as if it had never stopped.

    Parameters
    ----------
    path : str or path
        The file that ``fit(..., checkpoint=path)`` wrote; it goes on being written.
    X : array_like, shape (n_samples, n_features)
        The data of that run, of any library, in memory or in files; a Dask array in the same chunks.
    max_iter, max_eval : int, optional
        Other limits than that run had, counted from its beginning; those it had by default.
    time_limit : float, optional
        Seconds from now.
    callback : callable, optional
        As for `fit`.
    progress : bool
        As for `fit`.
    device : {None, "cpu", "cuda", "auto"}
        As for `fit`.
    precision : {"full", "tf32"}
        As for `fit`; that run's own is not in its checkpoint.
    workers : int, optional
        As for `fit`.
    checkpoint_every : str or int
        As for `fit`.

    Returns
    -------
    SparseAutoencoder
        The model, whose history begins where the first run began.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError, ValueError
        If it is damaged, or the data are others than those of the run.

    See Also
    --------
    fit : Begins a run, and writes the checkpoints.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "run.ckpt"
    >>> X = np.random.default_rng(0).random((100, 4))
    >>> model = xpsae.fit(X, n_hidden=2, max_iter=10, rng=0, checkpoint=path)
    >>> xpsae.resume(path, X, max_iter=20).result.nit
    20
    """
    wishes = Wishes(workers=workers)
    if callback is not None:
        callable_named("callback", callback, remedy="Pass a function of one IntermediateResult, or None.")
    every, deadline = Every.of(checkpoint_every), Deadline(time_limit)
    saved = read_checkpoint(path)
    rows = real_rows(X)
    if (found := fingerprint(rows)) != saved.data:
        remedy = "Pass the data that the run began with, or begin another run with fit."
        raise ValueError(complaint("X", f"the data of the run, {saved.data}", found, remedy))
    data = precise(placed(rows, device), precision)
    xp = array_namespace(data)
    plan = plan_again(data, saved.plan, wishes, scaling=saved.scaling)
    objective = Objective.of(*blocks_for(data, plan, scaling=saved.scaling), saved.penalties, precision=precision)
    state = OptimizerState.unpacked(saved.arrays, saved.numbers, xp=xp, device=device_of(data))
    limits = {"max_iter": max_iter, "max_eval": max_eval}
    optimizer = LBFGS.from_state(state, **{name: value for name, value in limits.items() if value is not None})
    facts = facts_of(saved.data, saved.penalties, saved.scaling)
    run = Run(callback, deadline, Checkpointer(as_path(path), every, facts), progress)
    scaling, before = saved.scaling, saved.history
    del saved, state  # as large as the minimizer itself
    try:
        return run.train(objective, optimizer, scaling=scaling, before=before)
    finally:
        del objective, optimizer
        with working_on(data):
            free_pool(xp)
