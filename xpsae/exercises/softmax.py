"""Exercise 4: softmax regression on raw pixels, which is scikit-learn's."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from xpsae.arrays.typing import AnyArray, HostArray
from xpsae.exercises.digits import digits
from xpsae.exercises.record import Figure, Outcome, Settings, share

DECAY = 1e-4
"""λ of the exercise."""
_PUBLISHED = {"mnist": 0.926, "mnist-test": 0.887}
_TOLERANCE = 0.015


def accuracy(X: AnyArray, y: HostArray, X_test: AnyArray, y_test: HostArray) -> float:
    """Return how many test labels softmax regression on these features tells, from 0 to 1."""
    try:
        linear: Any = importlib.import_module("sklearn.linear_model")
    except ImportError as error:
        message = "softmax regression needs scikit-learn, which is not installed. Run: pip install scikit-learn"
        raise ImportError(message) from error
    classifier = linear.LogisticRegression(C=1.0 / (DECAY * len(y)), max_iter=400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has made all iterations: the exercise does so, too
        classifier.fit(X, y)
    return float(classifier.score(X_test, y_test))


def run(settings: Settings) -> Outcome:
    """Return the outcome of the exercise."""
    data = digits(settings.folder)
    found = accuracy(*data.train, *data.test)
    published = _PUBLISHED.get(data.kind)
    near = None if published is None else found > published - _TOLERANCE
    told = "-" if published is None else f"{share(published)}"
    return Outcome(data.source, (Figure("accuracy on raw pixels", told, share(found), near),))
