"""The file that needs NumPy alone: run where xpsae is not to be had."""

import runpy
import subprocess
import sys

import numpy as np
import pytest

import xpsae


def test_the_file_agrees_with_the_model(case, xp, tmp_path):
    model, X, data, close = case
    xpsae.export_python(model, tmp_path / "features.py")
    made = runpy.run_path(str(tmp_path / "features.py"))
    codes = made["encode"](X)
    assert codes.dtype == X.dtype
    np.testing.assert_allclose(codes, xp.host(model.encode(data)), **close)
    np.testing.assert_allclose(made["reconstruct"](X), xp.host(model.reconstruct(data)), **close)
    np.testing.assert_allclose(made["decode"](codes), made["reconstruct"](X), **close)
    for name in ("W1", "b1", "W2", "b2"):
        np.testing.assert_array_equal(made[name], xp.host(getattr(model, name)))


def test_it_runs_alone_as_a_program(tmp_path):
    X = np.random.default_rng(0).random((20, 4))
    model = xpsae.fit(X, 2, max_iter=3, rng=0)
    xpsae.export_python(model, tmp_path / "features.py")
    np.save(tmp_path / "data.npy", X)
    code = "import sys; sys.modules['xpsae'] = None; sys.argv[1:] = ['data.npy', 'codes.npy']\n"
    code += "import runpy; runpy.run_path('features.py', run_name='__main__')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), model.encode(X), rtol=0, atol=1e-15)


def test_extreme_inputs_give_no_warning_and_another_shape_an_error(tmp_path):
    X = np.random.default_rng(0).random((20, 4))
    xpsae.export_python(xpsae.fit(X, 2, max_iter=3, rng=0), tmp_path / "features.py")
    made = runpy.run_path(str(tmp_path / "features.py"))
    assert np.isfinite(made["encode"](np.full((1, 4), -1e300))).all()
    with pytest.raises(ValueError, match=r"expected an array of shape \(n, 4\), got shape \(4,\)"):
        made["encode"](X[0])
