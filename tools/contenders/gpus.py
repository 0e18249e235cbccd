"""One evaluation, or one whole training, on a GPU, as several contenders do it; without a GPU, on the CPU.

The work of a contender is a `Work`: a call that starts it, and a wait until the device is done. Its turn repeats the
call without waiting in between, as a training would, and tells the seconds on the wall and, where the library has
events, those between two of them on the device.
"""

# Longer than the ceiling because eight contenders, each complete by itself, are compared.

from __future__ import annotations

import importlib
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from contenders import evaluations
from contenders.evaluations import Problem, parts, summary
from contenders.turns import TURN_SECONDS

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
HISTORY = 10


@dataclass(frozen=True)
class Work:
    """What is measured."""

    call: Callable[[], object]
    wait: Callable[[], object]
    mark: Callable[[], Any] = lambda: None
    """Records an event on the device."""
    between: Callable[[Any, Any], float] | None = None
    """The seconds between two events."""


Prepared = tuple[Work, dict[str, Any]]


def turn(work: Work) -> dict[str, float]:
    """Return the seconds of one call, after one that wakes everything up."""
    began = time.perf_counter()
    work.call()
    work.wait()
    repeats = max(1, round(TURN_SECONDS / (time.perf_counter() - began)))
    first, began = work.mark(), time.perf_counter()
    for _ in range(repeats):
        work.call()
    last = work.mark()
    work.wait()
    found = {"seconds": (time.perf_counter() - began) / repeats, "repeats": repeats}
    return found | ({"device": work.between(first, last) / repeats} if work.between else {})


def problem_of(dtype: str, **keywords: Any) -> tuple[Problem, bool]:
    """Return the problem, and whether products are computed by TF32."""
    names = {name: keywords[name] for name in ("rows", "features", "hidden", "decoder", "path") if name in keywords}
    return Problem(dtype="float32" if dtype == "tf32" else dtype, **names), dtype == "tf32"


def cupy_work(call: Callable[[], object]) -> Work:
    cuda = importlib.import_module("cupy").cuda

    def mark() -> Any:
        event = cuda.Event()
        event.record()
        return event

    return Work(call, cuda.runtime.deviceSynchronize, mark, lambda a, b: cuda.get_elapsed_time(a, b) / 1e3)


def torch_work(call: Callable[[], object], device: str) -> Work:
    cuda = importlib.import_module("torch").cuda
    if device == "cpu":
        return Work(call, lambda: None)

    def mark() -> Any:
        event = cuda.Event(enable_timing=True)
        event.record()
        return event

    return Work(call, cuda.synchronize, mark, lambda a, b: a.elapsed_time(b) / 1e3)


def work_of(call: Callable[[], object], library: str, device: str) -> Work:
    if library == "cupy":
        return cupy_work(call)
    return torch_work(call, device) if library == "torch" else Work(call, lambda: None)


def moved(x: np.ndarray, library: str, device: str) -> Any:
    from xpsae.arrays.devices import to_device, to_library

    there = to_library(x, library)
    return to_device(there, "cuda") if device == "cuda" else there


def xpsae(*, library: str, device: str, **keywords: Any) -> Prepared:
    """The package."""
    import xpsae

    problem, fast = problem_of(**keywords)
    X, theta = (moved(x, library, device) for x in (problem.data, problem.theta))
    precision = "tf32" if fast else "full"
    objective = xpsae.Objective(X, problem.hidden, precision=precision, **problem.penalties)
    from xpsae.arrays.namespace import to_host

    cost, gradient = objective(theta)
    says = summary(float(cost), to_host(gradient), "xpsae", xpsae.__version__)
    return work_of(lambda: objective(theta), library, device), says


def products(*, library: str, device: str, **keywords: Any) -> Prepared:
    """The five matrix products alone."""
    from xpsae.arrays.precision import products_in

    problem, fast = problem_of(**keywords)
    X, theta = (moved(x, library, device) for x in (problem.data, problem.theta))
    W1, W2, *_ = parts(theta, problem)
    precision = "tf32" if fast else "full"

    def call() -> object:
        with products_in(precision, X):
            A = X @ W1.T
            D = A @ W2.T
            return D.T @ A, (D @ W2).T @ X

    return work_of(call, library, device), {"library": library, "version": importlib.import_module(library).__version__}


def jax(*, device: str, library: str, **keywords: Any) -> Prepared:
    """JAX's automatic differentiation, compiled."""
    del library
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    problem, fast = problem_of(**keywords)
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if fast else "highest")
    place = jax.devices("cuda" if device == "cuda" else "cpu")[0]
    X, theta = (jax.device_put(x, place) for x in (problem.data, problem.theta))
    compiled = jax.jit(lambda theta, X: jax.value_and_grad(evaluations.jax_cost(problem, X))(theta))
    last: list[Any] = [compiled(theta, X)]

    def call() -> None:
        last[0] = compiled(theta, X)

    return Work(call, lambda: jax.block_until_ready(last[0])), summary(*last[0], "jax", jax.__version__)


def torch_compiled(*, device: str, library: str, **keywords: Any) -> Prepared:
    """PyTorch's automatic differentiation, through torch.compile."""
    del library
    torch = importlib.import_module("torch")
    problem, fast = problem_of(**keywords)
    torch.set_float32_matmul_precision("high" if fast else "highest")
    X = torch.from_numpy(problem.data).to(device)
    theta = torch.from_numpy(problem.theta).to(device).requires_grad_()
    cost_of = torch.compile(evaluations.torch_cost(problem))

    def call() -> Any:
        theta.grad = None
        cost = cost_of(theta, X)
        cost.backward()
        return cost

    cost = call().item()
    return torch_work(call, device), summary(cost, theta.grad.cpu(), "torch", torch.__version__)


def xpsae_run(*, library: str, device: str, iterations: int, **keywords: Any) -> Prepared:
    """A whole training by the package."""
    import xpsae

    problem, _ = problem_of(**keywords)
    X, start = (moved(x, library, device) for x in (problem.data, problem.theta))
    limits = {"max_iter": iterations, "gtol": 0.0, "ftol": 0.0, "history": HISTORY, "scaling": None, "start": start}
    costs: list[float] = []

    def call() -> None:
        costs[:] = [xpsae.fit(X, problem.hidden, **problem.penalties, **limits).result.fun]

    call()
    return work_of(call, library, device), {"final": costs[0], "library": "xpsae", "version": xpsae.__version__}


def torch_run(*, device: str, library: str, iterations: int, **keywords: Any) -> Prepared:
    """A whole training by torch.optim.LBFGS."""
    del library
    torch = importlib.import_module("torch")
    problem, _ = problem_of(**keywords)
    torch.set_float32_matmul_precision("highest")
    cost_of, X = evaluations.torch_cost(problem), torch.from_numpy(problem.data).to(device)
    limits = {"max_iter": iterations, "max_eval": 10**9, "tolerance_grad": 0.0, "tolerance_change": 0.0}
    costs: list[float] = []

    def call() -> None:
        theta = torch.from_numpy(problem.theta).to(device).requires_grad_()
        optimizer = torch.optim.LBFGS([theta], history_size=HISTORY, line_search_fn="strong_wolfe", **limits)

        def closure() -> Any:
            optimizer.zero_grad()
            cost = cost_of(theta, X)
            cost.backward()
            return cost

        optimizer.step(closure)
        costs[:] = [cost_of(theta, X).item()]

    call()
    return torch_work(call, device), {"final": costs[0], "library": "torch", "version": torch.__version__}


def optax_run(*, device: str, library: str, iterations: int, **keywords: Any) -> Prepared:
    """A whole training by optax's L-BFGS, in one compiled loop."""
    del library
    jax, optax = importlib.import_module("jax"), importlib.import_module("optax")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "highest")
    problem, _ = problem_of(**keywords)
    place = jax.devices("cuda" if device == "cuda" else "cpu")[0]
    X, start = (jax.device_put(x, place) for x in (problem.data, problem.theta))
    solver = optax.lbfgs(memory_size=HISTORY)

    def train(theta: Any, X: Any) -> Any:
        cost = evaluations.jax_cost(problem, X)
        value_and_grad = optax.value_and_grad_from_state(cost)

        def iterate(_: int, carried: tuple[Any, Any]) -> tuple[Any, Any]:
            theta, state = carried
            f, g = value_and_grad(theta, state=state)
            step, state = solver.update(g, state, theta, value=f, grad=g, value_fn=cost)
            return optax.apply_updates(theta, step), state

        theta, _ = jax.lax.fori_loop(0, iterations, iterate, (theta, solver.init(theta)))
        return cost(theta)

    compiled = jax.jit(train)
    final = float(compiled(start, X))
    says = {"final": final, "library": "optax", "version": optax.__version__}
    return Work(lambda: jax.block_until_ready(compiled(start, X)), lambda: None), says


def optimizer(*, library: str, device: str, size: int, **_: Any) -> Prepared:
    """The minimizer alone: its iterations on a quadratic function, less what that function takes."""
    import xpsae
    from xpsae.arrays.namespace import array_namespace, read

    scale = moved(np.linspace(1.0, 50.0, size).astype("f4"), library, device)
    xp = array_namespace(scale)
    start = moved(np.ones(size, "f4"), library, device)

    def function(x: Any) -> tuple[Any, Any]:
        g = scale * x
        return xp.sum(g * x) * 0.5, g

    def seconds_an_iteration() -> float:
        began = time.perf_counter()
        result = xpsae.minimize(function, start, max_iter=200, gtol=0.0, ftol=0.0, history=HISTORY)
        ended = time.perf_counter()
        for _ in range(result.nfev):
            f, _g = function(start)
        read(xp.reshape(f, (1,)))
        return (2 * ended - began - time.perf_counter()) / max(1, result.nit)

    found = [seconds_an_iteration() for _ in range(6)]
    says = {"microseconds": 1e6 * statistics.median(found[1:]), "library": "xpsae", "version": xpsae.__version__}
    return Work(lambda: None, lambda: None), says


EVALUATIONS = {"products": products, "xpsae": xpsae, "jax": jax, "torch-compiled": torch_compiled}
RUNS = {"xpsae-run": xpsae_run, "torch-run": torch_run, "optax-run": optax_run}
CONTENDERS = EVALUATIONS | RUNS | {"optimizer": optimizer}
