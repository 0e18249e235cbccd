"""Reconstructions and mean activations on matplotlib axes. Run as a program, it writes the baselines."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import xpsae
from xpsae.pictures.on_data import plot_activations, plot_reconstructions

pytest.importorskip("matplotlib")
ROWS = np.random.default_rng(0).random((40, 6))
MODEL = xpsae.fit(ROWS, n_hidden=4, max_iter=20, rng=0)


def there(xp):
    """Return the model as arrays of the library under test."""
    names = ("W1", "b1", "W2", "b2", "mean_activation")
    return dataclasses.replace(MODEL, **{name: xp.array(getattr(MODEL, name)) for name in names})


def shown(ax):
    """Return the picture on the axes."""
    return np.asarray(ax.get_images()[0].get_array())


def test_rows_stand_over_their_reconstructions_and_differences(xp):
    picture = shown(plot_reconstructions(there(xp), xp.array(ROWS), n=4, patch_shape=(2, 3)))
    assert picture.shape == (9, 16)
    chosen = ROWS[::10]
    back, low, span = MODEL.reconstruct(chosen), chosen.min(), np.ptp(chosen)
    for column in range(4):
        data, again, apart = (
            picture[3 * line : 3 * line + 2, 4 * column : 4 * column + 3].ravel() for line in range(3)
        )
        np.testing.assert_allclose(data, (chosen[column] - low) / span, atol=1e-12)
        np.testing.assert_allclose(again, np.clip((back[column] - low) / span, 0, 1), atol=1e-9)
        np.testing.assert_allclose(apart, np.clip((back - chosen)[column] / span + 0.5, 0, 1), atol=1e-9)


def test_colors_are_drawn_as_colors():
    model = xpsae.fit(np.random.default_rng(0).random((20, 12)), n_hidden=2, max_iter=2, rng=0)
    assert shown(plot_reconstructions(model, np.random.default_rng(0).random((3, 12)))).shape == (9, 9, 3)


def test_means_are_sorted_beside_the_target(xp):
    for ax, means in (
        (plot_activations(there(xp)), MODEL.mean_activation),
        (plot_activations(there(xp), xp.array(ROWS[:7])), MODEL.encode(ROWS[:7]).mean(axis=0)),
    ):
        heights = [bar.get_height() for bar in ax.patches]
        np.testing.assert_allclose(heights, np.sort(means)[::-1], rtol=1e-9)
        assert ax.get_lines()[0].get_ydata()[0] == MODEL.penalties.sparsity_target


def test_plots_tell_what_they_show_and_leave_pyplot_alone(tmp_path):
    error = MODEL.reconstruction_error(ROWS[::4]).mean()
    ax = plot_reconstructions(MODEL, ROWS, patch_shape=(2, 3))
    assert ax.get_title() == f"mean squared error {error:.3g}"
    assert plot_activations(MODEL).get_title() == "Mean activations over the training data"
    assert plot_activations(MODEL, ROWS, title="").get_title() == ""
    assert "unit" in plot_activations(MODEL).get_xlabel()
    ax.figure.savefig(tmp_path / "a.png")
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@pytest.mark.parametrize(
    "plot",
    [
        lambda **where: plot_reconstructions(MODEL, ROWS, patch_shape=(2, 3), **where),
        lambda **where: plot_activations(MODEL, **where),
        lambda **where: xpsae.plot_features(MODEL, patch_shape=(2, 3), **where),
        lambda **where: xpsae.plot_training(MODEL, **where),
    ],
)
def test_every_plot_takes_axes_or_a_size_and_a_title(plot):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert plot(ax=axes, title="mine") is axes
    assert axes.get_title() == "mine"
    assert tuple(plot(figsize=(3, 2)).figure.get_size_inches()) == (3, 2)
    with pytest.raises(ValueError, match=r"^figsize: expected None with ax"):
        plot(ax=axes, figsize=(3, 2))
    for wrong in (3, (1, 2, 3), (0, 1), "wide"):
        with pytest.raises(ValueError, match=r"^figsize: expected \(width, height\) in inches"):
            plot(figsize=wrong)


def test_what_is_no_model_is_refused():
    for plot in (lambda: plot_activations(3), lambda: plot_reconstructions(3, ROWS)):
        with pytest.raises(TypeError, match=r"^model: expected a SparseAutoencoder"):
            plot()
    with pytest.raises(ValueError, match=r"^X: expected 6 features"):
        plot_reconstructions(MODEL, ROWS[:, :5], patch_shape=(2, 3))
    with pytest.raises(ValueError, match=r"^patch_shape"):
        plot_reconstructions(MODEL, ROWS)


RNG = np.random.default_rng(1)
SET = dataclasses.replace(
    MODEL,
    W1=RNG.standard_normal((4, 6)),
    W2=RNG.standard_normal((6, 4)),
    b1=np.zeros(4),
    b2=np.zeros(6),
    mean_activation=np.array([0.02, 0.08, 0.05, 0.04]),
    history=dataclasses.replace(
        MODEL.history, cost=(9.0, 3.0, 2.0), error=(5.0, 1.0, 1.2), decay=(1.0, 1.0, 0.5), sparsity=(3.0, 1.0, 0.3)
    ),
)
PICTURES = {
    "reconstructions": lambda: plot_reconstructions(SET, ROWS, n=5, patch_shape=(2, 3), figsize=(4, 2)),
    "activations": lambda: plot_activations(SET, figsize=(5, 4)),
    "features": lambda: xpsae.plot_features(SET, patch_shape=(2, 3), figsize=(5, 4)),
    "training": lambda: xpsae.plot_training(SET, figsize=(5, 4)),
}
BASELINES = Path(__file__).parents[1] / "files" / "plots.json"


def coarse(ax):
    """Return the mean colors, in percent, of 8 by 16 fields of a drawn figure, and whether its border is white."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3] / 255.0
    high, wide = (side // n for side, n in zip(pixels.shape, (8, 16), strict=False))
    fields = pixels[: 8 * high, : 16 * wide].reshape(8, high, 16, wide, 3).mean(axis=(1, 3, 4))
    edges = pixels[:1], pixels[-1:], pixels[:, :1], pixels[:, -1:]
    return np.round(100 * fields).astype(int).tolist(), all((edge == 1.0).all() for edge in edges)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_look_as_they_did_and_nothing_is_cut_off(name):
    fields, framed = coarse(PICTURES[name]())
    apart = np.abs(np.subtract(fields, json.loads(BASELINES.read_text("utf-8"))[name]))
    assert framed
    # Another version of matplotlib or of its fonts moves things by a pixel or two.
    assert apart.mean() < 3


if __name__ == "__main__":
    BASELINES.write_text(json.dumps({name: coarse(draw())[0] for name, draw in PICTURES.items()}) + "\n", "utf-8")
