"""What users call computes where its array lies, also while another device is current."""

import numpy as np
import pytest

import xpsae
from tests.conftest import Backend
from xpsae.arrays import cuda
from xpsae.arrays.namespace import device_of, is_array, load_namespace, where
from xpsae.arrays.tracing import leaves

RNG = np.random.default_rng(0)
ROWS, IMAGES = RNG.random((60, 9), dtype="f4"), RNG.random((3, 12, 12))
OPTIONS = {"n_hidden": 4, "max_iter": 5, "rng": 0}


def model_of(x):
    """A model trained where x lies."""
    return xpsae.fit(x, **OPTIONS)


def minimized(x, **options):
    """A quadratic's minimizer."""
    return xpsae.minimize(lambda at: (((at - 1) ** 2).sum(), 2 * (at - 1)), x[0, :], **options)


def told(x):
    """What an optimizer that is driven by hand holds."""
    optimizer = xpsae.LBFGS(x[0, :])
    for _ in range(3):
        point = optimizer.point
        with where(point):
            optimizer.tell(float((point**2).sum()), 2 * point)
    return optimizer.point, optimizer.best.x, optimizer.result().x


def evaluated(x):
    """All that an objective computes."""
    objective = xpsae.Objective(x, 4)
    theta = objective.initial(0)
    packed = objective.pack(*objective.unpack(theta))
    return *objective(theta), *objective.terms(theta), objective.mean_activation(theta), packed


def extended(x):
    """What another activation and penalty compute."""
    objective = xpsae.ExtendedObjective(x, 4, activation=xpsae.RELU, penalty=xpsae.L1, penalty_weight=0.1)
    return objective(objective.initial(0))


DOORS = {
    "fit": lambda x, _: [model_of(x).theta, model_of(x).W1, model_of(x).result.x],
    "fit, linear and scaled": lambda x, _: xpsae.fit(x, decoder="linear", scaling="range", **OPTIONS).theta,
    "fit from a model": lambda x, _: xpsae.fit(x, start=model_of(x), **OPTIONS).theta,
    "fit from a result": lambda x, _: xpsae.fit(x, start=model_of(x).result, **OPTIONS).theta,
    "encode": lambda x, _: model_of(x).encode(x),
    "decode": lambda x, _: model_of(x).decode(x[:, :4]),
    "reconstruct": lambda x, _: model_of(x).reconstruct(x),
    "error": lambda x, _: model_of(x).reconstruction_error(x),
    "features": lambda x, _: model_of(x).features,
    "score": lambda x, _: [model_of(x).score(x)],
    "objective": lambda x, _: evaluated(x),
    "extended": lambda x, _: extended(x),
    "minimize": lambda x, _: minimized(x).x,
    "going on": lambda x, _: xpsae.minimize(lambda at: ((at**2).sum(), 2 * at), minimized(x, max_iter=1), gtol=0).x,
    "optimizer": lambda x, _: told(x),
    "gradient check": lambda x, _: [
        xpsae.check_gradient(xpsae.Objective(x, 2), xpsae.Objective(x, 2).initial(0)).passed
    ],
    "whitener": lambda x, _: [w := xpsae.Whitener().fit(x), w.transform(x), w.inverse(w.transform(x))][1:],
    "whitened images": lambda _, images: xpsae.whiten_images(images),
    "patches": lambda _, images: xpsae.normalize_patches(xpsae.sample_patches(images, 7, (3, 3), rng=0)),
    "maps": lambda x, images: xpsae.pool(xpsae.convolve(model_of(x), images, patch_shape=(3, 3)), 5),
    "stack": lambda x, _: xpsae.stack(x, [0, 1] * 30, (4, 3), max_iter=3, rng=0).predict_proba(x),
    "path": lambda x, _: [point.model.theta for point in xpsae.path(x, sparsity_target=[0.1, 0.2], **OPTIONS).points],
    "plan": lambda x, _: [str(xpsae.plan(x, n_hidden=4))],
    "diagnosis": lambda x, _: [str(xpsae.diagnose(model_of(x), x))],
}


@pytest.fixture
def second():
    """CuPy's second device, while the first is current."""
    if problem := cuda.cuda_problem():
        pytest.skip(f"cupy is not usable: {problem}")
    cupy = load_namespace("cupy")
    if cupy.cuda.runtime.getDeviceCount() < 2:
        pytest.skip("there is one GPU")
    yield Backend("cupy", cupy, cupy.cuda.Device(1))
    assert cupy.cuda.Device() == cupy.cuda.Device(0)


@pytest.mark.parametrize("door", DOORS)
def test_results_lie_with_the_data(second, door):
    found = DOORS[door](second.array(ROWS), second.array(IMAGES))
    arrays = [x for x in leaves(tuple(found) if isinstance(found, list) else found) if is_array(x)]
    assert all(device_of(x) == second.device for x in arrays)
    on_first = Backend("cupy", second.namespace, second.namespace.cuda.Device(0))
    expected = DOORS[door](on_first.array(ROWS), on_first.array(IMAGES))
    for x, y in zip(arrays, leaves(tuple(expected) if isinstance(expected, list) else expected), strict=False):
        np.testing.assert_array_equal(second.host(x), second.host(y))
