"""Compare the minimizer with SciPy's, PyTorch's and optax's on sparse autoencoders, from the same starts.

Every contender minimizes the same cost, the package's own, from the same random starts, keeps as many pairs, and makes
as many iterations, with its tolerances at zero. What counts is the median of the costs it ends at, and how many
evaluations an iteration takes after the first five. Each contender runs in a process of its own, with one thread.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import xpsae

ROOT = Path(__file__).resolve().parents[2]
FIRST = 5
"""Iterations that are not counted in evaluations per iteration."""


class Counted:
    """An objective that counts its evaluations."""

    def __init__(self, objective: xpsae.Objective) -> None:
        self.objective, self.count = objective, 0

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        self.count += 1
        cost, gradient = self.objective(theta)
        return float(cost), gradient


def by_xpsae(fun: Counted, x0: np.ndarray, iterations: int, history: int) -> tuple[float, int]:
    options = {"history": history, "gtol": 0.0, "ftol": 0.0, "max_iter": iterations}
    result = xpsae.minimize(fun, x0, **options)
    return result.fun, result.nit


def by_scipy(fun: Counted, x0: np.ndarray, iterations: int, history: int) -> tuple[float, int]:
    from scipy.optimize import minimize

    options = {"maxcor": history, "gtol": 0.0, "ftol": 0.0, "maxiter": iterations, "maxfun": 10**9}
    result = minimize(fun, x0, jac=True, method="L-BFGS-B", options=options)
    return result.fun, result.nit


def by_torch(fun: Counted, x0: np.ndarray, iterations: int, history: int) -> tuple[float, int]:
    import torch

    torch.set_num_threads(1)
    theta = torch.tensor(x0)
    options = {"max_iter": iterations, "max_eval": 10**9, "tolerance_grad": 0.0, "tolerance_change": 0.0}
    optimizer = torch.optim.LBFGS([theta], history_size=history, line_search_fn="strong_wolfe", **options)

    def closure() -> torch.Tensor:
        cost, gradient = fun(theta.detach().numpy())
        theta.grad = torch.from_numpy(gradient)
        return torch.tensor(cost, dtype=torch.float64)

    optimizer.step(closure)
    return fun.objective(theta.numpy())[0], optimizer.state[theta]["n_iter"]


def by_optax(fun: Counted, x0: np.ndarray, iterations: int, history: int) -> tuple[float, int]:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    objective = fun.objective
    shapes = jax.ShapeDtypeStruct((), np.float64), jax.ShapeDtypeStruct(x0.shape, x0.dtype)

    def on_host(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        cost, gradient = fun(np.array(theta))
        return np.asarray(cost), gradient

    @jax.custom_vjp
    def value(theta: jax.Array) -> jax.Array:
        return jax.pure_callback(on_host, shapes, theta)[0]

    value.defvjp(lambda theta: jax.pure_callback(on_host, shapes, theta), lambda g, slope: (g * slope,))
    solver = optax.lbfgs(memory_size=history)
    value_and_grad = optax.value_and_grad_from_state(value)

    @jax.jit
    def iterate(theta: jax.Array, state: optax.OptState) -> tuple[jax.Array, optax.OptState]:
        f, g = value_and_grad(theta, state=state)
        step, state = solver.update(g, state, theta, value=f, grad=g, value_fn=value)
        return optax.apply_updates(theta, step), state

    theta = jax.numpy.asarray(x0)
    state = solver.init(theta)
    for _ in range(iterations):
        theta, state = iterate(theta, state)
    return float(objective(np.asarray(theta))[0]), iterations


CONTENDERS = {"xpsae": by_xpsae, "scipy": by_scipy, "torch": by_torch, "optax": by_optax}


def patches(_: argparse.Namespace) -> xpsae.Objective:
    """Return UFLDL's first exercise: 10 000 patches of 8 x 8 pixels, 25 hidden units."""
    whitened = xpsae.whiten_images(xpsae.load_photographs())
    X = xpsae.normalize_patches(xpsae.sample_patches(whitened, 10_000, (8, 8), rng=0))
    return xpsae.Objective(X, 25, weight_decay=1e-4, sparsity_target=0.01, sparsity_weight=3.0)


def digits(options: argparse.Namespace) -> xpsae.Objective:
    """Return UFLDL's second exercise, 196 hidden units, on MNIST's digits or, without a file, on scikit-learn's."""
    if options.mnist:
        images = xpsae.read_idx(options.mnist)
        X = images[: options.rows].reshape(-1, images[0].size) / 255.0
    else:
        X = xpsae.load_digits()
    return xpsae.Objective(X, options.hidden, weight_decay=3e-3, sparsity_target=0.1, sparsity_weight=3.0)


PROBLEMS = {"patches": patches, "digits": digits}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--problems", nargs="*", choices=PROBLEMS, default=list(PROBLEMS))
    parser.add_argument("--contenders", nargs="*", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=400)
    parser.add_argument("--history", type=int, default=10)
    parser.add_argument("--mnist", type=Path, help="MNIST's images in IDX form; otherwise scikit-learn's digits")
    parser.add_argument("--rows", type=int, default=10_000, help="how many of MNIST's images")
    parser.add_argument("--hidden", type=int, default=196, help="hidden units for the digits")
    parser.add_argument("--json", type=Path, help="where to write all runs")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)


def runs(options: argparse.Namespace, problem: str, contender: str) -> list[dict]:
    """Return what a contender reaches from every start."""
    objective, solve = PROBLEMS[problem](options), CONTENDERS[contender]
    found = []
    for seed in range(options.starts):
        x0, short, whole = objective.initial(seed), Counted(objective), Counted(objective)
        _, first = solve(short, x0.copy(), FIRST, options.history)
        began = time.perf_counter()
        cost, nit = solve(whole, x0.copy(), options.iterations, options.history)
        seconds = time.perf_counter() - began
        per_iteration = (whole.count - short.count) / (nit - first)
        found.append({"cost": float(cost), "nit": nit, "per_iteration": per_iteration, "seconds": seconds})
    return found


def in_process(problem: str, contender: str) -> list[dict]:
    """Run one contender in a process of its own."""
    command = [sys.executable, str(ROOT / "tools" / "benchmark"), *sys.argv[1:], "--alone", problem, contender]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ).stdout)


def table(options: argparse.Namespace, problem: str, found: dict[str, list[dict]]) -> str:
    """Return a table in Markdown: a row a contender, best median first."""
    medians = {who: statistics.median(run["cost"] for run in all_runs) for who, all_runs in found.items()}
    peers = [median for who, median in medians.items() if who != "xpsae"]
    best = min(peers, default=medians.get("xpsae"))
    rows = [
        f"{problem}: {options.starts} starts, {options.iterations} iterations, {options.history} pairs\n",
        "| | median cost | against the best peer | worst | evaluations per iteration after 5 | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for who in sorted(medians, key=medians.get):
        worst, rate, seconds = (max(run[name] for run in found[who]) for name in ("cost", "per_iteration", "seconds"))
        against = f"{100 * (medians[who] / best - 1):+.3f} %"
        name = f"{who} {importlib.metadata.version(who)}"
        rows.append(f"| {name} | {medians[who]:.6f} | {against} | {worst:.6f} | {rate:.3f} | {seconds:.1f} |")
    return "\n".join(rows) + "\n"


def main(options: argparse.Namespace) -> None:
    if options.alone:
        print(json.dumps(runs(options, *options.alone)))
        return
    contenders = [name for name in options.contenders if importlib.util.find_spec(name)]
    if missing := sorted(set(options.contenders) - set(contenders)):
        print(f"not installed, left out: {', '.join(missing)} (pip install 'xpsae[bench]')\n")
    everything = {}
    for problem in options.problems:
        everything[problem] = {who: in_process(problem, who) for who in contenders}
        print(table(options, problem, everything[problem]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1))
