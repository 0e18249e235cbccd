"""A small cluster of processes, and data and options for it."""

from __future__ import annotations

import dask.array as da
import numpy as np
from distributed import LocalCluster

X = np.random.default_rng(0).random((2000, 30))
# With weights that leave the problem well conditioned: others magnify rounding more in twenty iterations.
OPTIONS = {
    "n_hidden": 4,
    "sparsity_target": 0.2,
    "weight_decay": 3e-3,
    "sparsity_weight": 0.1,
    "rng": 0,
    "gtol": 0,
    "ftol": 0,
}


def chunked(values=X, rows=170):
    return da.from_array(values, chunks=(rows, -1))


def start(n_workers=2):
    return LocalCluster(n_workers, threads_per_worker=1, processes=True, dashboard_address=":0", memory_limit=0)
