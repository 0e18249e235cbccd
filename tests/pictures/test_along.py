"""A path on matplotlib axes."""

import numpy as np
import pytest

import xpsae

pytest.importorskip("matplotlib")
X = np.random.default_rng(0).random((60, 4))


def test_a_line_for_each_combination_and_the_knee():
    found = xpsae.path(X, 2, weight_decay=[1e-4, 1e-3, 1e-2], sparsity_target=0.3, max_iter=30, rng=0)
    ax = xpsae.plot_path(found)
    line, knee = ax.lines
    np.testing.assert_allclose(line.get_xdata(), [1e-4, 1e-3, 1e-2])
    np.testing.assert_allclose(line.get_ydata(), [100 * point.explained_variance for point in found.points])
    assert knee.get_xdata()[0] == found.knee.penalties.weight_decay
    assert ax.get_xscale() == "log"
    grid = xpsae.path(X, 2, weight_decay=[1e-4, 1e-3], sparsity_target=[0.2, 0.3], max_iter=2, rng=0)
    ax = xpsae.plot_path(grid, x="sparsity_target", title="", figsize=(3, 2))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "weight decay λ = 0.0001",
        "weight decay λ = 0.001",
    ]
    assert tuple(ax.figure.get_size_inches()) == (3, 2)


def test_what_cannot_be_drawn_is_refused():
    one = xpsae.path(X, 2, max_iter=1, rng=0)
    with pytest.raises(ValueError, match=r"^x: expected a value that varies, got a path of one point"):
        xpsae.plot_path(one)
    two = xpsae.path(X, 2, weight_decay=[1e-4, 1e-3], max_iter=1, rng=0)
    with pytest.raises(ValueError, match=r"^x: expected 'weight_decay', got 'sparsity_target'"):
        xpsae.plot_path(two, x="sparsity_target")
    with pytest.raises(TypeError, match=r"^path: expected a WarmPath"):
        xpsae.plot_path(X)
