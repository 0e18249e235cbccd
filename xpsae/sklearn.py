"""The sparse autoencoder as a scikit-learn transformer: `fit`, `transform`, pipelines, searches over parameters."""

# Longer than the ceiling because every parameter and method carries its documentation; its code has some hundred lines.

from __future__ import annotations

from typing import Any

from xpsae.arrays.namespace import array_namespace, device_kind, device_of, is_array, library_name, place
from xpsae.arrays.typing import AnyArray
from xpsae.checks import complaint
from xpsae.data.affine import Scaling
from xpsae.data.blocks import real_rows
from xpsae.objective.cost import Penalties
from xpsae.optimize.records import Options
from xpsae.training import fit

try:
    from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import _check_n_features, check_is_fitted, validate_data
except ImportError as error:
    _missing = "xpsae.sklearn needs scikit-learn 1.7 or newer. Run: pip install 'xpsae[sklearn]'"
    raise ImportError(_missing) from error

_LARGEST_SEED = 2**31 - 1


class SparseAutoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    r"""The sparse autoencoder of CS294A as a scikit-learn transformer: data in, activations of the hidden units out.

    Parameters
    ----------
    n_hidden : int
        Hidden units, the columns of what `transform` returns.
    weight_decay : float
        λ, at least 0: how strongly large weights cost.
    sparsity_target : float
        ρ, strictly between 0 and 1: the mean activation every hidden unit is drawn to.
    sparsity_weight : float
        β, at least 0: how strongly it is drawn there.
    decoder : {"sigmoid", "linear"}
        The output units. Sigmoid ones can only give values from 0 to 1.
    scaling : {"auto", None, "range", "three-sigma"} or Scaling
        How data are brought into the decoder's range; see `xpsae.fit`.
    max_iter : int
        At most so many iterations of L-BFGS.
    history : int, optional
        Curvature pairs the minimizer keeps, 10 by default.
    gtol, ftol : float
        Stop when no component of the gradient is larger, or when an iteration lowers the cost by less, relatively.
    random_state : int, numpy.random.RandomState or None
        Where the random start comes from; an integer gives the start that ``xpsae.fit(rng=...)`` has.
    device : {None, "cpu", "cuda", "auto"}
        Where the training computes; see `xpsae.fit`. What is learned goes back to where the data are.
    workers : int, optional
        Threads that visit blocks of rows. Pass 1 where a search runs several trainings at once.
    memory_limit : int or str, optional
        Bytes to take beyond the data; see `xpsae.fit`.
    time_limit : float, optional
        Seconds after which `fit` ends with the best point found.
    verbose : bool
        Whether to show the course of the training.

    Attributes
    ----------
    components_ : array, shape (n_hidden, n_features)
        The encoder's weights, W1.
    intercept_ : array, shape (n_hidden,)
        The encoder's biases, b1.
    decoder_components_ : array, shape (n_features, n_hidden)
        The decoder's weights, W2.
    decoder_intercept_ : array, shape (n_features,)
        The decoder's biases, b2.
    mean_activation_ : array, shape (n_hidden,)
        ρ̂ of every hidden unit over the training data.
    cost_ : float
        The cost that was reached.
    cost_curve_ : list of float
        The cost at the start and after every iteration.
    n_iter_ : int
        Iterations made, at least 1.
    model_ : xpsae.SparseAutoencoder
        The model itself, with its scaling, history, result and exports.
    n_features_in_ : int
        Columns of the training data.
    feature_names_in_ : ndarray of str, shape (n_features,)
        Their names, where the training data had names.

    See Also
    --------
    xpsae.fit : The same training as one function.

    Notes
    -----
    Arrays of NumPy, CuPy, PyTorch, JAX and array-api-strict are computed with as they are, whether scikit-learn's
    ``array_api_dispatch`` is on or not, and every array that comes out, fitted attributes included, is of the library,
    dtype and device of the training data. Lists and data frames count as NumPy.

    Examples
    --------
    >>> import numpy as np
    >>> from xpsae.sklearn import SparseAutoencoder
    >>> X = np.random.default_rng(0).random((100, 4))
    >>> coder = SparseAutoencoder(n_hidden=3, max_iter=5, random_state=0)
    >>> coder.fit_transform(X).shape
    (100, 3)
    >>> coder.get_feature_names_out().tolist()
    ['sparseautoencoder0', 'sparseautoencoder1', 'sparseautoencoder2']
    """

    def __init__(  # noqa: PLR0913 - scikit-learn asks for one argument per hyper-parameter
        self,
        n_hidden: int = 25,
        *,
        weight_decay: float = Penalties.weight_decay,
        sparsity_target: float = Penalties.sparsity_target,
        sparsity_weight: float = Penalties.sparsity_weight,
        decoder: str = Penalties.decoder,
        scaling: str | Scaling | None = "auto",
        max_iter: int = 400,
        history: int | None = None,
        gtol: float = Options.gtol,
        ftol: float = Options.ftol,
        random_state: Any = None,
        device: str | None = None,
        workers: int | None = None,
        memory_limit: int | str | None = None,
        time_limit: float | None = None,
        verbose: bool = False,
    ) -> None:
        self.n_hidden = n_hidden
        self.weight_decay = weight_decay
        self.sparsity_target = sparsity_target
        self.sparsity_weight = sparsity_weight
        self.decoder = decoder
        self.scaling = scaling
        self.max_iter = max_iter
        self.history = history
        self.gtol = gtol
        self.ftol = ftol
        self.random_state = random_state
        self.device = device
        self.workers = workers
        self.memory_limit = memory_limit
        self.time_limit = time_limit
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None) -> SparseAutoencoder:  # noqa: ARG002 - a pipeline passes it
        """Train on the rows of X.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            The data, one sample a row.
        y : object
            Ignored; pipelines pass it.

        Returns
        -------
        SparseAutoencoder
            The transformer itself.

        Raises
        ------
        TypeError, ValueError
            If X or a parameter cannot be used.
        """
        rows = self._validated(X, reset=True)
        own = {"random_state", "verbose"}
        options = {name: value for name, value in self.get_params(deep=False).items() if name not in own}
        model = fit(rows, rng=self._seed(), progress=self.verbose, **options)
        if place(model.W1) != place(rows):
            model = model.to(library_name(array_namespace(rows)), device=device_kind(rows))
        self.model_ = model
        self.components_, self.intercept_ = model.W1, model.b1
        self.decoder_components_, self.decoder_intercept_ = model.W2, model.b2
        self.mean_activation_ = model.mean_activation
        self.cost_, self.cost_curve_ = model.result.fun, list(model.history.cost)
        # A training that finds its start to be a minimum has looked at it: scikit-learn counts that as one.
        self.n_iter_ = max(1, model.result.nit)
        return self

    def transform(self, X: Any) -> AnyArray:
        """Return the activations of the hidden units.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Data like the training data.

        Returns
        -------
        array, shape (n_samples, n_hidden)
            Values from 0 to 1, or what ``set_output`` asks for.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `fit` has not been called.
        TypeError, ValueError
            If X cannot be used, or is of another library or device than the training data.
        """
        check_is_fitted(self)
        rows = self._like_training(X, "X", "transform")
        return self.model_.encode(self._validated(rows, reset=False))

    def inverse_transform(self, X: Any) -> AnyArray:
        """Return the data that activations stand for.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_hidden)
            Activations, as `transform` returns them.

        Returns
        -------
        array, shape (n_samples, n_features)
            In the units of the training data.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `fit` has not been called.
        TypeError, ValueError
            If X cannot be used, or is of another library or device than the training data.
        """
        check_is_fitted(self)
        return self.model_.decode(self._like_training(X, "X", "inverse_transform"))

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ARG002 - a search passes it
        """Return the explained variance: the share of the variance of X that the reconstructions keep.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Data like the training data.
        y : object
            Ignored; searches pass it.

        Returns
        -------
        float
            1 for perfect reconstructions, 0 for those no better than the mean row, negative for worse ones.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `fit` has not been called.
        TypeError, ValueError
            If X cannot be used, or is of another library or device than the training data.
        """
        check_is_fitted(self)
        rows = self._like_training(X, "X", "score")
        return self.model_.score(self._validated(rows, reset=False))

    def _validated(self, X: Any, *, reset: bool) -> Any:
        """Return X checked, the number and the names of its columns remembered or compared."""
        if not is_array(X) or _is_numpy(X):
            # Pictures stay bytes, so that they are scaled as such; everything else is as scikit-learn would have it.
            return validate_data(self, X, reset=reset, dtype="numeric")
        rows = real_rows(X)
        _check_n_features(self, rows, reset=reset)
        return rows

    def _like_training(self, X: Any, name: str, method: str) -> Any:
        """Return X, or raise a ValueError where it is of another library or device than the training data."""
        learned = self.model_.W1
        if is_array(X):
            alike = array_namespace(X) is array_namespace(learned) and device_of(X) == device_of(learned)
        else:
            alike = _is_numpy(learned)
        if alike:
            return X
        expected = f"an array of {place(learned)}, since arrays passed to {type(self).__name__}.{method}() "
        expected += "must use the same namespace and the same device as those passed to fit()"
        got = place(X) if is_array(X) else f"a {type(X).__name__}"
        raise ValueError(complaint(name, expected, got, "Move the data, or fit on data like these."))

    def _seed(self) -> int:
        """Return the seed of the random start."""
        state = check_random_state(self.random_state)
        if self.random_state is None or state is self.random_state:
            return int(state.randint(_LARGEST_SEED))
        return int(self.random_state)

    @property
    def _n_features_out(self) -> int:
        return self.model_.n_hidden

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.array_api_support = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _is_numpy(x: Any) -> bool:
    return library_name(array_namespace(x)) == "numpy"
