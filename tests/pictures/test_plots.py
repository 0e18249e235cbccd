"""Plots on matplotlib axes, and the same picture without matplotlib."""

import sys
import types
from importlib.util import find_spec

import numpy as np
import pytest

from xpsae.pictures.grid import feature_grid
from xpsae.pictures.plots import plot_features, plot_training, save_features

needs_matplotlib = pytest.mark.skipif(find_spec("matplotlib") is None, reason="matplotlib is not installed")
HISTORY = types.SimpleNamespace(
    cost=np.array([9.0, 4.0, 3.0]),
    error=np.array([5.0, 2.0, 1.0]),
    decay=np.array([1.0, 1.0, 1.5]),
    sparsity=np.zeros(3),
)


def features(seed=0, shape=(6, 16)):
    """Return a few feature vectors."""
    return np.random.default_rng(seed).standard_normal(shape)


def shown(ax):
    """Return the picture on the axes."""
    return np.asarray(ax.get_images()[0].get_array())


@needs_matplotlib
def test_an_array_of_any_library_is_drawn_as_its_grid(xp):
    W = features().astype("float32")
    np.testing.assert_array_equal(shown(plot_features(xp.array(W))), feature_grid(W, zoom=50, pad=9))


@needs_matplotlib
def test_a_model_is_drawn_by_its_features(xp):
    model = types.SimpleNamespace(features=xp.array(features()))
    np.testing.assert_array_equal(shown(plot_features(model)), shown(plot_features(features())))


def test_the_file_holds_the_picture_that_is_plotted(tmp_path):
    reader = pytest.importorskip("matplotlib.image")
    options = {"patch_shape": (2, 8), "contrast": "common", "columns": 2}
    plotted = shown(plot_features(features(), **options))
    np.testing.assert_array_equal(
        np.round(255 * reader.imread(save_features(features(), tmp_path / "a.png", **options))), plotted
    )
    np.testing.assert_array_equal(plotted, feature_grid(features(), zoom=38, pad=7, **options))
    small = save_features(features(), tmp_path / "b.png", zoom=6, **options)
    np.testing.assert_array_equal(
        np.round(255 * reader.imread(small)), feature_grid(features(), zoom=6, pad=2, **options)
    )


@needs_matplotlib
def test_colors_are_drawn_as_colors():
    assert shown(plot_features(features(shape=(4, 12)))).shape[2:] == (3,)


@needs_matplotlib
def test_pixels_are_drawn_sharp_on_a_fixed_scale_without_ticks():
    ax = plot_features(features(), title="six features")
    (image,) = ax.get_images()
    assert image.get_interpolation() == "nearest"
    assert image.get_clim() == (0, 255)
    assert not ax.axison
    assert ax.get_title() == "six features"


@needs_matplotlib
def test_given_axes_are_drawn_on_and_pyplot_is_left_alone(tmp_path):
    from matplotlib.figure import Figure

    left, right = Figure().subplots(1, 2)
    assert plot_features(features(), ax=left) is left
    assert plot_training(HISTORY, ax=right) is right
    plot_features(features()).figure.savefig(tmp_path / "a.png")
    plot_training(HISTORY).figure.savefig(tmp_path / "b.png")
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@needs_matplotlib
def test_training_curves_have_a_log_axis_labels_and_no_term_that_is_zero():
    ax = plot_training(types.SimpleNamespace(history=HISTORY))
    assert ax.get_yscale() == "log"
    assert "iteration" in ax.get_xlabel()
    assert "cost" in ax.get_ylabel()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [label.split(",")[0] for label in labels] == ["cost", "squared error", "weight decay"]
    np.testing.assert_array_equal(ax.get_lines()[0].get_xydata(), [[0, 9], [1, 4], [2, 3]])


@needs_matplotlib
def test_a_history_of_one_iteration_is_drawn(tmp_path):
    one = types.SimpleNamespace(cost=[2.0], error=[1.0], decay=[0.5], sparsity=[0.5])
    ax = plot_training(one)
    ax.figure.savefig(tmp_path / "a.png")
    assert [line.get_xydata().tolist() for line in ax.get_lines()] == [[[0, y]] for y in (2.0, 1.0, 0.5, 0.5)]
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_without_matplotlib_plots_say_what_to_install_and_the_file_is_still_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"plot_features needs matplotlib.*Run: pip install matplotlib$"):
        plot_features(features())
    with pytest.raises(ImportError, match=r"plot_training needs matplotlib.*Run: pip install matplotlib$"):
        plot_training(HISTORY)
    assert save_features(features(), tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("side", [2, 8, 28, 100])
def test_a_saved_picture_is_of_a_pleasant_size(tmp_path, side):
    header = save_features(features(shape=(25, side * side)), tmp_path / "a.png").read_bytes()[16:20]
    assert 480 <= int.from_bytes(header) <= 750


def test_what_holds_no_features_is_refused(tmp_path):
    with pytest.raises(TypeError, match="W: expected real numbers"):
        save_features("model.safetensors", tmp_path / "a.png")
    with pytest.raises(ValueError, match="patch_shape"):
        save_features(np.ones((2, 10)), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.pdf", "a.jpg", "a.PNG.svg"])
def test_a_picture_of_another_format_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=rf"^path: expected a \.png file, got .*{name}\. Pass .*figure\.savefig"):
        save_features(features(), tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.png", "a.PNG", "a"])
def test_a_picture_is_written_under_its_own_suffix_or_none(tmp_path, name):
    assert save_features(features(), tmp_path / name).read_bytes().startswith(b"\x89PNG")


@needs_matplotlib
@pytest.mark.parametrize("wrong", ["number", "figure", "array"])
@pytest.mark.parametrize(
    "plot", [lambda ax: plot_features(features(), ax=ax), lambda ax: plot_training(HISTORY, ax=ax)]
)
def test_axes_that_are_none_are_refused(plot, wrong):
    from matplotlib.figure import Figure

    figure = Figure()
    ax = {"number": 3, "figure": figure, "array": figure.subplots(1, 2)}[wrong]
    with pytest.raises(TypeError, match=r"^ax: expected matplotlib axes, got .*\. Pass one of figure\.subplots"):
        plot(ax)


@needs_matplotlib
@pytest.mark.parametrize("wrong", [3, None, types.SimpleNamespace(cost=[1.0])])
def test_what_has_no_history_is_refused(wrong):
    with pytest.raises(TypeError, match=r"^model_or_history: expected a model or its history, got .*\. Pass the model"):
        plot_training(wrong)


@needs_matplotlib
@pytest.mark.parametrize("inches", [(6.4, 4.0), (3.0, 2.5)])
def test_the_legend_hides_no_curve(inches):
    from matplotlib.figure import Figure

    ax = plot_training(HISTORY, ax=Figure(figsize=inches, layout="constrained").subplots())
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().y1 <= ax.xaxis.label.get_window_extent().y0
