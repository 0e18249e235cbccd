"""An independent transcription of the lecture notes: rows as columns, loops where the notes have sums, NumPy only.

It shares no line with the package, and follows the notes' own order and names: columns of `data` are samples.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sparse_autoencoder_cost(theta, visible, hidden, decay, rho, beta, data, *, linear=False):
    """Return cost and gradient, as section 3 of the notes writes them."""
    W1 = theta[: hidden * visible].reshape(hidden, visible)
    W2 = theta[hidden * visible : 2 * hidden * visible].reshape(visible, hidden)
    b1 = theta[2 * hidden * visible : 2 * hidden * visible + hidden]
    b2 = theta[2 * hidden * visible + hidden :]
    m = data.shape[1]
    a2 = sigmoid(W1 @ data + b1[:, None])
    z3 = W2 @ a2 + b2[:, None]
    a3 = z3 if linear else sigmoid(z3)
    rho_hat = a2.mean(axis=1)
    kl = rho * np.log(rho / rho_hat) + (1 - rho) * np.log((1 - rho) / (1 - rho_hat))
    cost = ((a3 - data) ** 2).sum() / (2 * m) + decay / 2 * ((W1**2).sum() + (W2**2).sum()) + beta * kl.sum()
    delta3 = -(data - a3) * (1 if linear else a3 * (1 - a3))
    sparsity = beta * (-rho / rho_hat + (1 - rho) / (1 - rho_hat))
    delta2 = (W2.T @ delta3 + sparsity[:, None]) * a2 * (1 - a2)
    W1_grad = delta2 @ data.T / m + decay * W1
    W2_grad = delta3 @ a2.T / m + decay * W2
    parts = [W1_grad, W2_grad, delta2.sum(axis=1) / m, delta3.sum(axis=1) / m]
    return cost, np.concatenate([part.ravel() for part in parts])
