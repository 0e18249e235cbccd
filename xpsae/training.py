"""Training: data, objective, minimizer, model, on one page."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from xpsae import presets
from xpsae.arrays.convert import largest_byte
from xpsae.arrays.memory import free_pool
from xpsae.arrays.namespace import array_namespace, working_on
from xpsae.arrays.typing import RNGLike
from xpsae.checkpoints import Checkpointer, Every, facts_of, new_file
from xpsae.checks import whole_number
from xpsae.data.affine import Scaling
from xpsae.data.blocks import real_rows, warn_if_transposed
from xpsae.data.elsewhere import moved_bytes, placed
from xpsae.data.fingerprint import fingerprint
from xpsae.data.scaling import choose_scaling
from xpsae.model import SparseAutoencoder
from xpsae.objective.cost import Penalties
from xpsae.optimize.driver import Callback, started
from xpsae.optimize.readings import callable_named
from xpsae.optimize.records import Options
from xpsae.optimize.stopping import Deadline
from xpsae.planning import Wishes, planned, precise
from xpsae.problem import Objective
from xpsae.running import Run
from xpsae.starting import starting_point, state_of


def fit(  # noqa: PLR0913 - the hyper-parameters of the notes and the options of the minimizer
    X: Any,
    n_hidden: int = presets.N_HIDDEN,
    *,
    weight_decay: float = presets.WEIGHT_DECAY,
    sparsity_target: float = presets.SPARSITY_TARGET,
    sparsity_weight: float = presets.SPARSITY_WEIGHT,
    decoder: str = presets.DECODER,
    preset: str | None = None,
    scaling: str | Scaling | None = "auto",
    max_iter: int = 400,
    max_eval: int | None = None,
    history: int | None = None,
    gtol: float = Options.gtol,
    ftol: float = Options.ftol,
    rng: RNGLike = None,
    start: Any = None,
    callback: Callback | None = None,
    progress: bool = False,
    device: str | None = None,
    block_rows: int | None = None,
    workers: int | None = None,
    memory_limit: int | str | None = None,
    precision: str = "full",
    time_limit: float | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: str | int = "60s",
) -> SparseAutoencoder:
    r"""Return a sparse autoencoder trained on the rows of X.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, one sample a row, of any array library (NumPy, CuPy, PyTorch, JAX, …); the model belongs to the same
        library, dtype and device. float32 and float64 are kept, float16 becomes float32, integers become float64.
        Or data that stay where they are: the name of a .npy or IDX file, a pattern or a list of such names, a memory
        map, an array of h5py or zarr, any object with shape, dtype and slices of rows (all visited block by block, as
        NumPy arrays), or a Dask array, on the workers of the client in use.
    n_hidden : int
        Hidden units, at least 1.
    weight_decay : float
        λ, at least 0: how strongly large weights cost.
    sparsity_target : float
        ρ, strictly between 0 and 1: the mean activation every hidden unit is drawn to.
    sparsity_weight : float
        β, at least 0: how strongly it is drawn there.
    decoder : {"sigmoid", "linear"}
        The output units. Sigmoid ones can only give values from 0 to 1.
    preset : {"ufldl-patches", "ufldl-mnist", "ufldl-self-taught", "ufldl-stl10"}, optional
        The exercise whose values stand for those of the five above that are not given.
    scaling : {"auto", None, "range", "three-sigma"} or Scaling
        How data are brought into the decoder's range. "auto" changes nothing for a linear decoder; it divides 8-bit
        pictures (uint8) by 255 and leaves other data in [0, 1] alone, and maps the smallest and the largest value to
        0.1 and 0.9 ("range") if they fill less than a tenth of it then, or lie outside. "three-sigma" is the notes'
        recipe: three standard deviations around the mean go to [0.1, 0.9], what is beyond is clipped. The model keeps
        the transformation, names it and inverts it. None makes data outside the range an error.
    max_iter, max_eval : int
        At most so many iterations, and so many evaluations of the cost (None for no limit).
    history : int, optional
        Curvature pairs the minimizer keeps; by default 10, or fewer where `memory_limit` asks for it.
    gtol, ftol : float
        Stop when no component of the gradient is larger, or when an iteration lowers the cost by less, relatively.
    rng : int, numpy.random.Generator or None
        Where the random start comes from; an integer makes the run repeatable, on every library from the same start.
    start : OptimizeResult, OptimizerState, SparseAutoencoder or array, optional
        Where to start instead, of X's library and device. A model or a vector gives the weights, and the minimizer
        begins anew. A result (``model.result``) or its ``state`` goes on from where that run stopped, bit for bit as if
        it had never stopped, for the same data and hyper-parameters; limits and counts then begin at what was done.
    callback : callable, optional
        Called with an `IntermediateResult` after every iteration; stops the run by raising StopIteration.
    progress : bool
        Whether to show iterations, cost terms, gradient and remaining time on standard error.
    device : {None, "cpu", "cuda", "auto"}
        None computes where X is. "cuda" moves NumPy data to the GPU with CuPy; "auto" does so if one is usable and
        otherwise stays on the CPU, and logs which it took (logger "xpsae"). Rows of the host are moved once if they and
        all else fit into what the card has free, and into `memory_limit`; others are sent in every evaluation.
    block_rows : int, optional
        How many rows are visited at a time; chosen by default.
    workers : int, optional
        Threads that visit blocks of NumPy arrays, by default as many as there are processors. Their number does not
        change the result by a bit, unless `memory_limit` has to make blocks smaller for them. Other libraries have
        threads of their own. On a cluster, the shares that the data are laid out in, by default as many as there are
        workers; their number changes the last digits.
    memory_limit : int or str, optional
        Bytes to take beyond X, as a number or in words ("2GiB"): activations, temporaries, a scaled copy of the data
        and the minimizer's pairs; data in files are kept if they fit into it, and else read in every evaluation
        (compressed, MATLAB and table files are read at once, beside). No limit by default, 1 GiB for data in files.
        The copy of X that `device` makes counts; rows of the host for which that leaves no room are sent instead.
        Writing a checkpoint takes as much as the pairs, twice, beside.
    precision : {"full", "tf32"}
        How float32 matrix products are computed: "full" is as the library is set, which is true float32 but for JAX,
        whose own default on recent GPUs is TF32 (``jax.default_matmul_precision`` changes that). "tf32", for CuPy,
        PyTorch and JAX on an NVIDIA GPU of compute capability 8.0 or more, rounds their factors to 11 bits, for speed.
    time_limit : float, optional
        Seconds after which the run ends with the best point found, at the latest one evaluation later.
    checkpoint : str or path, optional
        A file, which must not exist yet, that the run is written to while it goes on, whole or not at all; `resume`
        goes on from it. Trouble with writing is a warning: the run goes on, and the last good file stays.
    checkpoint_every : str or int
        How often: a time such as "60s", "5min" or "1h", or a number of iterations.

    Returns
    -------
    SparseAutoencoder
        The best parameters found, with the course of the training and the minimizer's result. Numerical trouble is an
        outcome (``model.result.message``), never an exception. So is Ctrl-C: the run ends after the evaluation at hand
        with the best point so far; a second one ends it at once.

    Raises
    ------
    TypeError, ValueError
        For data or options that cannot be used; the message names the parameter, what was expected, what came and
        what to do, before any work.
    ConnectionError
        If the data are on a cluster that has had no worker for a minute, or is gone. The checkpoint stays.

    Warns
    -----
    DataWarning
        If X has more columns than rows, as data with samples in columns would; if the cost is not finite at the start.

    See Also
    --------
    Objective : The cost that is minimized.
    minimize : The minimizer, for functions of your own.

    Notes
    -----
    The cost of the CS294A notes [1]_, by L-BFGS from the UFLDL exercises' random start:

    .. math:: J = \frac{1}{2m} \sum_i \lVert h(x_i) - x_i \rVert^2
              + \frac{\lambda}{2} \left( \lVert W_1 \rVert^2 + \lVert W_2 \rVert^2 \right)
              + \beta \sum_j \mathrm{KL}(\rho \,\|\, \hat\rho_j)

    References
    ----------
    .. [1] Ng, A., "Sparse autoencoder", CS294A lecture notes, Stanford University, 2011.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((200, 2)) @ [[1, 0, 1, 0], [0, 1, 0, 1]]
    >>> model = xpsae.fit(X, n_hidden=3, sparsity_target=0.2, max_iter=50, rng=0)
    >>> model.encode(X).shape
    (200, 3)
    >>> model.result.nit
    50
    """
    state = state_of(start)
    if history is None and state is not None:
        history = state.history
    options = Options(Options.history if history is None else history, gtol, ftol, max_iter, max_eval)
    given = {"n_hidden": n_hidden, "weight_decay": weight_decay, "sparsity_target": sparsity_target}
    tuning = presets.chosen(preset, given | {"sparsity_weight": sparsity_weight, "decoder": decoder})
    width = whole_number("n_hidden", tuning.pop("n_hidden"), at_least=1, remedy="Pass 25, say.")
    penalties = Penalties(**tuning)
    wishes = Wishes(history if history is None else options.history, workers, block_rows, memory_limit)
    if callback is not None:
        callable_named("callback", callback, remedy="Pass a function of one IntermediateResult, or None.")
    deadline, every = Deadline(time_limit), Every.of(checkpoint_every)
    if checkpoint is not None:
        new_file(checkpoint)
    rows = real_rows(X)
    warn_if_transposed(rows)
    data = precise(placed(rows, device), precision)
    xp = array_namespace(data)
    with working_on(data):
        transformation = choose_scaling(data, scaling, penalties.decoder, xp=xp, integer_max=largest_byte(rows))
        moved = moved_bytes(rows, data)
        objective = Objective.of(
            *planned(data, width, wishes, scaling=transformation, moved=moved), penalties, precision=precision
        )
    options = replace(options, history=objective.plan.history)
    optimizer = started(starting_point(start, objective, rng), options)
    saver = None
    if checkpoint is not None:
        facts = facts_of(fingerprint(rows), penalties, transformation)
        saver = Checkpointer(new_file(checkpoint), every, facts)
    try:
        return Run(callback, deadline, saver, progress).train(objective, optimizer, scaling=transformation)
    finally:
        del objective, optimizer, saver
        with working_on(data):
            free_pool(xp)
