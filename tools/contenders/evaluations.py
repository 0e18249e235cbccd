"""One cost and gradient of a sparse autoencoder, as six contenders compute it.

Each of them takes the same problem and returns a function that evaluates once, and what it came to: the cost and the
norm of the gradient, so that a wrong one is found out, and its library's version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from contenders.turns import measured

Prepared = tuple[Callable[[], object], dict[str, Any]]
turn = measured


@dataclass(frozen=True)
class Problem:
    """Data, random ones or those of a file, the penalties, and a point where no unit is saturated."""

    rows: int
    features: int
    hidden: int
    dtype: str
    decoder: str
    weight_decay: float = 3e-3
    sparsity_target: float = 0.1
    sparsity_weight: float = 3.0
    path: str = ""

    @property
    def data(self) -> np.ndarray:
        if self.path:
            return np.load(self.path).astype(self.dtype)
        return np.random.default_rng(0).uniform(0.1, 0.9, (self.rows, self.features)).astype(self.dtype)

    @property
    def theta(self) -> np.ndarray:
        rng, n, h = np.random.default_rng(1), self.features, self.hidden
        bound = np.sqrt(6 / (n + h + 1))
        return np.concatenate([rng.uniform(-bound, bound, 2 * n * h), np.zeros(h + n)]).astype(self.dtype)

    @property
    def penalties(self) -> dict[str, Any]:
        names = ("weight_decay", "sparsity_target", "sparsity_weight", "decoder")
        return {name: getattr(self, name) for name in names}

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [(self.hidden, self.features), (self.features, self.hidden), (self.hidden,), (self.features,)]


def parts(theta: Any, problem: Problem) -> list[Any]:
    """Return W1, W2, b1 and b2, of any library's vector."""
    found, first = [], 0
    for shape in problem.shapes:
        last = first + int(np.prod(shape))
        found.append(theta[first:last].reshape(shape))
        first = last
    return found


def summary(cost: Any, gradient: Any, library: str, version: str) -> dict[str, Any]:
    """Return what a contender says about itself."""
    norm = float(np.linalg.norm(np.asarray(gradient, dtype=np.float64)))
    return {"cost": float(cost), "gradient": norm, "library": library, "version": version}


def products(**keywords: Any) -> Prepared:
    """Only the five matrix products, into memory that is there already."""
    problem = Problem(**keywords)
    X, (W1, W2, *_) = problem.data, parts(problem.theta, problem)
    A, Z, dW2, carried, dW1 = X @ W1.T, np.empty_like(X), np.empty_like(W2), X @ W1.T, np.empty_like(W1)

    def work() -> None:
        np.matmul(X, W1.T, out=A)
        np.matmul(A, W2.T, out=Z)
        np.matmul(X.T, A, out=dW2)
        np.matmul(X, W2, out=carried)
        np.matmul(A.T, X, out=dW1)

    return work, {"library": "numpy", "version": np.__version__}


def xpsae(**keywords: Any) -> Prepared:
    """The package, as `fit` calls it."""
    import xpsae

    problem = Problem(**keywords)
    objective, theta = xpsae.Objective(problem.data, problem.hidden, **problem.penalties), problem.theta
    return lambda: objective(theta), summary(*objective(theta), "xpsae", xpsae.__version__)


def penalty_terms(mean: Any, log: Callable[[Any], Any], problem: Problem) -> Any:
    """Return β KL(ρ ‖ ρ̂) of every unit, in any library."""
    rho = problem.sparsity_target
    return problem.sparsity_weight * (rho * log(rho / mean) + (1 - rho) * log((1 - rho) / (1 - mean)))


def textbook_function(problem: Problem, X: np.ndarray) -> Callable[[np.ndarray], tuple[Any, np.ndarray]]:
    """Return the notes' cost and gradient, written down in NumPy."""
    linear, m, decay, rho = problem.decoder == "linear", X.shape[0], problem.weight_decay, problem.sparsity_target

    def function(theta: np.ndarray) -> tuple[Any, np.ndarray]:
        W1, W2, b1, b2 = parts(theta, problem)
        A = 1 / (1 + np.exp(-(X @ W1.T + b1)))
        Z = A @ W2.T + b2
        H = Z if linear else 1 / (1 + np.exp(-Z))
        mean = A.mean(axis=0)
        sparsity = np.sum(penalty_terms(mean, np.log, problem))
        cost = np.sum((H - X) ** 2) / (2 * m) + decay / 2 * (np.sum(W1**2) + np.sum(W2**2)) + sparsity
        delta = H - X if linear else (H - X) * H * (1 - H)
        slope = problem.sparsity_weight * ((1 - rho) / (1 - mean) - rho / mean)
        back = (delta @ W2 + slope) * A * (1 - A)
        gradient = [back.T @ X / m + decay * W1, delta.T @ A / m + decay * W2, back.mean(axis=0), delta.mean(axis=0)]
        return cost, np.concatenate([part.ravel() for part in gradient])

    return function


def textbook(**keywords: Any) -> Prepared:
    """The notes' equations in NumPy."""
    problem = Problem(**keywords)
    function, theta = textbook_function(problem, problem.data), problem.theta
    return lambda: function(theta), summary(*function(theta), "numpy", np.__version__)


def torch_cost(problem: Problem) -> Callable[[Any, Any], Any]:
    """Return the cost as a function that PyTorch can differentiate."""
    import torch

    def cost(theta: torch.Tensor, X: torch.Tensor) -> torch.Tensor:
        W1, W2, b1, b2 = parts(theta, problem)
        A = torch.sigmoid(X @ W1.T + b1)
        Z = A @ W2.T + b2
        H = Z if problem.decoder == "linear" else torch.sigmoid(Z)
        decay = problem.weight_decay / 2 * ((W1**2).sum() + (W2**2).sum())
        return ((H - X) ** 2).sum() / (2 * problem.rows) + decay + penalty_terms(A.mean(0), torch.log, problem).sum()

    return cost


def torch(*, compiled: bool = False, **keywords: Any) -> Prepared:
    """PyTorch's automatic differentiation."""
    import torch

    problem = Problem(**keywords)
    X = torch.from_numpy(problem.data)
    theta = torch.from_numpy(problem.theta).requires_grad_()
    cost_of = torch.compile(torch_cost(problem)) if compiled else torch_cost(problem)

    def work() -> tuple[float, torch.Tensor]:
        theta.grad = None
        cost = cost_of(theta, X)
        cost.backward()
        return cost.item(), theta.grad

    return work, summary(*work(), "torch", torch.__version__)


def torch_compiled(**keywords: Any) -> Prepared:
    """The same, through torch.compile."""
    return torch(compiled=True, **keywords)


def jax_cost(problem: Problem, X: Any) -> Callable[[Any], Any]:
    """Return the cost as a function that JAX can differentiate and compile."""
    import jax

    def cost(theta: jax.Array) -> jax.Array:
        W1, W2, b1, b2 = parts(theta, problem)
        A = jax.nn.sigmoid(X @ W1.T + b1)
        Z = A @ W2.T + b2
        H = Z if problem.decoder == "linear" else jax.nn.sigmoid(Z)
        decay = problem.weight_decay / 2 * ((W1**2).sum() + (W2**2).sum())
        return (
            ((H - X) ** 2).sum() / (2 * problem.rows) + decay + penalty_terms(A.mean(0), jax.numpy.log, problem).sum()
        )

    return cost


def jax(**keywords: Any) -> Prepared:
    """JAX's automatic differentiation, compiled."""
    import jax

    jax.config.update("jax_enable_x64", True)
    problem = Problem(**keywords)
    X, theta = jax.numpy.asarray(problem.data), jax.numpy.asarray(problem.theta)
    # The data are an argument, because a constant would be folded into the program.
    compiled = jax.jit(lambda theta, X: jax.value_and_grad(jax_cost(problem, X))(theta))

    def work() -> tuple[jax.Array, jax.Array]:
        return jax.block_until_ready(compiled(theta, X))

    return work, summary(*work(), "jax", jax.__version__)


CONTENDERS = {
    "products": products,
    "xpsae": xpsae,
    "textbook": textbook,
    "torch": torch,
    "torch-compiled": torch_compiled,
    "jax": jax,
}
