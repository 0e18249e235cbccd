"""The transformer is at home in scikit-learn: its own checks, and what users do with transformers."""

import io
import os
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import xpsae

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from xpsae.sklearn import SparseAutoencoder

X = np.random.default_rng(0).random((30, 5))
QUICK = {"n_hidden": 3, "max_iter": 5, "workers": 1, "random_state": 0}


@parametrize_with_checks([SparseAutoencoder(**QUICK), SparseAutoencoder(2, decoder="linear", max_iter=5)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_scikit_learns_array_api_checks():
    """In a process of its own, because scikit-learn wants SCIPY_ARRAY_API set before SciPy is loaded."""
    code = """
        from collections import Counter
        from sklearn.utils.estimator_checks import check_estimator
        from xpsae.sklearn import SparseAutoencoder
        found = check_estimator(SparseAutoencoder(3, max_iter=5, workers=1), on_skip=None, on_fail=None)
        for each in found:
            if each["status"] not in ("passed", "skipped"):
                print("FAILED", each["check_name"], each["exception"])
        print(sorted(Counter(each["status"] for each in found if "array_api" in each["check_name"]).items()))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "FAILED" not in done.stdout
    assert "('passed'," in done.stdout, done.stdout


def test_arrays_of_every_library_give_their_own(xp):
    coder = SparseAutoencoder(**QUICK).fit(xp.array(X))
    codes = coder.transform(xp.array(X))
    back = coder.inverse_transform(codes)
    arrays = (coder.components_, coder.intercept_, coder.decoder_components_, coder.decoder_intercept_, codes, back)
    assert all(xp.owns(each) for each in (*arrays, coder.mean_activation_))
    reference = xpsae.fit(xp.array(X), 3, max_iter=5, workers=1, rng=0)
    np.testing.assert_array_equal(xp.host(coder.components_), xp.host(reference.W1))
    np.testing.assert_array_equal(xp.host(codes), xp.host(reference.encode(xp.array(X))))
    np.testing.assert_array_equal(xp.host(back), xp.host(reference.reconstruct(xp.array(X))))
    assert coder.score(xp.array(X)) == reference.score(xp.array(X))
    assert (coder.n_features_in_, coder.n_iter_, len(coder.cost_curve_)) == (5, 5, 6)
    assert coder.cost_curve_[-1] == coder.cost_ == reference.result.fun


def test_training_elsewhere_brings_the_results_back(xp):
    if "device1" in xp.name:
        pytest.skip("a device that nothing else can reach")
    coder = SparseAutoencoder(**QUICK, device="cpu").fit(xp.array(X))
    assert xp.owns(coder.transform(xp.array(X)))


def test_data_of_another_library_are_refused_at_transform(xp):
    if xp.name == "numpy":
        pytest.skip("the same library")
    coder = SparseAutoencoder(**QUICK).fit(xp.array(X))
    for method in (coder.transform, coder.score):
        with pytest.raises(ValueError, match=rf"SparseAutoencoder\.{method.__name__}\(\) must use the same namespace"):
            method(X)
    with pytest.raises(ValueError, match=r"got a list\. Move the data"):
        coder.inverse_transform(np.ones((2, 3)).tolist())


def test_pipeline_search_clone_pickle_and_joblib(tmp_path):
    import joblib

    iris = load_iris(return_X_y=True)
    pipeline = make_pipeline(SparseAutoencoder(**QUICK), LogisticRegression())
    search = GridSearchCV(pipeline, {"sparseautoencoder__weight_decay": [1e-4, 1e-2]}, cv=2).fit(*iris)
    assert search.best_score_ > 0.5
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict(iris[0]), search.predict(iris[0]))
    joblib.dump(search, tmp_path / "search.joblib")
    np.testing.assert_array_equal(joblib.load(tmp_path / "search.joblib").predict(iris[0]), search.predict(iris[0]))
    assert clone(pipeline[0]).get_params() == pipeline[0].get_params()


def test_a_search_over_the_transformer_alone_uses_its_score():
    search = GridSearchCV(SparseAutoencoder(**QUICK), {"n_hidden": [1, 4]}, cv=2).fit(X)
    assert search.best_params_ == {"n_hidden": 4}


def test_a_model_can_be_pickled_on_every_library(xp):
    model = xpsae.fit(xp.array(X), 3, max_iter=3, rng=0)
    stream = io.BytesIO()
    pickle.dump(model, stream)
    again = pickle.loads(stream.getvalue())
    np.testing.assert_array_equal(xp.host(again.encode(xp.array(X))), xp.host(model.encode(xp.array(X))))


def test_data_frames_in_and_out():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcde"), index=range(100, 130))
    coder = SparseAutoencoder(**QUICK).set_output(transform="pandas").fit(frame)
    codes = coder.transform(frame)
    assert codes.columns.tolist() == ["sparseautoencoder0", "sparseautoencoder1", "sparseautoencoder2"]
    assert codes.index.tolist() == list(range(100, 130))
    assert coder.feature_names_in_.tolist() == list("abcde")
    with pytest.raises(ValueError, match="feature names"):
        coder.transform(frame[list("edcba")])


def test_pictures_stay_bytes_and_are_divided_by_255(xp):
    pictures = xp.array(np.random.default_rng(0).integers(0, 256, (30, 4), dtype=np.uint8))
    coder = SparseAutoencoder(**QUICK).fit(pictures)
    assert coder.model_.scaling.description == "values divided by 255"
    assert xp.owns(coder.transform(pictures))


def test_the_random_state_is_scikit_learns():
    def start(random_state):
        return SparseAutoencoder(3, max_iter=1, workers=1, random_state=random_state).fit(X).components_

    np.testing.assert_array_equal(start(7), xpsae.fit(X, 3, max_iter=1, workers=1, rng=7).W1)
    np.testing.assert_array_equal(start(np.random.RandomState(3)), start(np.random.RandomState(3)))
    state = np.random.RandomState(3)
    assert not np.array_equal(start(state), start(state))
    np.random.seed(0)  # noqa: NPY002 - what scikit-learn's None means
    first = start(None)
    np.random.seed(0)  # noqa: NPY002
    np.testing.assert_array_equal(first, start(None))
    with pytest.raises(ValueError, match="cannot be used to seed"):
        start("seven")


def test_parameters_are_checked_at_fit():
    with pytest.raises(ValueError, match=r"sparsity_target: expected a number strictly between 0 and 1, got 2"):
        SparseAutoencoder(sparsity_target=2).fit(X)


@pytest.mark.parametrize("method", ["transform", "inverse_transform", "score"])
def test_nothing_works_before_fit(method):
    with pytest.raises(NotFittedError):
        getattr(SparseAutoencoder(), method)(X)


def test_scikit_learn_is_named_where_it_is_missing():
    code = "import sys; sys.modules['sklearn.base'] = None\ntry:\n    import xpsae.sklearn\n"
    code += "except ImportError as error:\n    print(error)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "xpsae.sklearn needs scikit-learn 1.7 or newer. Run: pip install 'xpsae[sklearn]'"
