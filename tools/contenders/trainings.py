"""Whole trainings of a sparse autoencoder by L-BFGS, as four contenders do them, each with its own cost and gradient.

A work function makes the run once and returns what came of it: seconds, evaluations, and the course, which is pairs of
seconds since the start and the lowest cost so far.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from contenders.evaluations import Prepared, Problem, jax_cost, textbook_function, torch_cost

Course = list[tuple[float, float]]
HISTORY = 10


def turn(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what came of one run, and the seconds of all processors together."""
    cpu = time.process_time()
    return work() | {"cpu": time.process_time() - cpu}


def outcome(began: float, course: Course, evaluations: int, **more: float) -> dict[str, Any]:
    """Return what a run came to, its course with seconds since it began."""
    since = [(float(seconds - began), float(cost)) for seconds, cost in course]
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "evaluations": evaluations, "cost": since[-1][1], "course": since, **more}


def xpsae(*, iterations: int, **keywords: Any) -> Prepared:
    """The package, and the share of the run that is not spent in evaluations."""
    import xpsae
    from xpsae.problem import Objective

    problem = Problem(**keywords)
    X, theta, evaluate = problem.data, problem.theta, Objective.evaluate
    inside: list[float] = []

    def timed(objective: Objective, theta: np.ndarray) -> Any:
        began = time.perf_counter()
        found = evaluate(objective, theta)
        inside.append(time.perf_counter() - began)
        return found

    def work() -> dict[str, Any]:
        Objective.evaluate = timed
        inside.clear()
        began, limits = time.perf_counter(), {"max_iter": iterations, "gtol": 0.0, "ftol": 0.0, "history": HISTORY}
        options = problem.penalties | {"scaling": None, "start": theta} | limits
        history = xpsae.fit(X, problem.hidden, **options).history
        share = 1 - sum(inside) / (time.perf_counter() - began)
        course = list(zip(began + np.cumsum(history.seconds), history.cost, strict=True))
        return outcome(began, course, len(inside), share=share)

    return work, {"library": "xpsae", "version": xpsae.__version__}


def scipy(*, iterations: int, **keywords: Any) -> Prepared:
    """SciPy's L-BFGS-B, which computes in float64, on the notes' equations in NumPy."""
    import scipy
    from scipy.optimize import minimize

    problem = Problem(**keywords)
    function, start = textbook_function(problem, problem.data), problem.theta

    def cost(theta: np.ndarray) -> tuple[float, np.ndarray]:
        cost, gradient = function(theta.astype(problem.dtype))
        return float(cost), gradient.astype(np.float64)

    def work() -> dict[str, Any]:
        course: Course = []
        options = {"maxcor": HISTORY, "gtol": 0.0, "ftol": 0.0, "maxiter": iterations, "maxfun": 10**9}

        def callback(intermediate_result: Any) -> None:
            course.append((time.perf_counter(), intermediate_result.fun))

        began = time.perf_counter()
        found = minimize(
            cost, start.astype(np.float64), jac=True, method="L-BFGS-B", options=options, callback=callback
        )
        return outcome(began, course, found.nfev)

    return work, {"library": "scipy", "version": scipy.__version__}


def torch(*, iterations: int, **keywords: Any) -> Prepared:
    """PyTorch's LBFGS with its strong Wolfe search, on automatic differentiation."""
    import torch

    problem = Problem(**keywords)
    cost_of, X = torch_cost(problem), torch.from_numpy(problem.data)
    limits = {"max_iter": iterations, "max_eval": 10**9, "tolerance_grad": 0.0, "tolerance_change": 0.0}

    def work() -> dict[str, Any]:
        theta = torch.from_numpy(problem.theta).requires_grad_()
        optimizer = torch.optim.LBFGS([theta], history_size=HISTORY, line_search_fn="strong_wolfe", **limits)
        course: Course = []

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            cost = cost_of(theta, X)
            cost.backward()
            course.append((time.perf_counter(), min(cost.item(), course[-1][1] if course else np.inf)))
            return cost

        began = time.perf_counter()
        optimizer.step(closure)
        return outcome(began, course, len(course))

    return work, {"library": "torch", "version": torch.__version__}


def optax(*, iterations: int, **keywords: Any) -> Prepared:
    """The L-BFGS of optax with all iterations in one compiled loop; compiling is not counted."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    problem = Problem(**keywords)
    X, start = jax.numpy.asarray(problem.data), jax.numpy.asarray(problem.theta)
    solver = optax.lbfgs(memory_size=HISTORY)

    def train(theta: jax.Array, X: jax.Array) -> tuple[jax.Array, jax.Array]:
        cost = jax_cost(problem, X)
        value_and_grad = optax.value_and_grad_from_state(cost)

        def iterate(carried: tuple[jax.Array, Any], _: None) -> tuple[tuple[jax.Array, Any], tuple[jax.Array, Any]]:
            theta, state = carried
            f, g = value_and_grad(theta, state=state)
            step, state = solver.update(g, state, theta, value=f, grad=g, value_fn=cost)
            steps = optax.tree.get(state, "num_linesearch_steps")
            return (optax.apply_updates(theta, step), state), (optax.tree.get(state, "value"), steps)

        return jax.lax.scan(iterate, (theta, solver.init(theta)), None, length=iterations)[1]

    compiled = jax.jit(train).lower(start, X).compile()

    def work() -> dict[str, Any]:
        began = time.perf_counter()
        costs, steps = jax.block_until_ready(compiled(start, X))
        ended = time.perf_counter()
        seconds = began + (ended - began) * np.cumsum(steps) / np.sum(steps)  # an iteration takes as long as its steps
        return outcome(began, list(zip(seconds, np.minimum.accumulate(costs), strict=True)), int(np.sum(steps)) + 1)

    return work, {"library": "optax", "version": optax.__version__}


CONTENDERS = {"xpsae": xpsae, "scipy": scipy, "torch": torch, "optax": optax}
