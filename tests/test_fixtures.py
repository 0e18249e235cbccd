"""Files that earlier versions wrote, and this one: all are read, to the arrays that were in them."""

import json
import shutil
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import xpsae
from xpsae.checkpoints import read_checkpoint
from xpsae.data.container import read_container

FILES = Path(__file__).parent / "files"
CASES = sorted(FILES.glob("version-*/*.safetensors"))


def maker():
    """Return tools/make_fixtures as a module."""
    loader = SourceFileLoader("make_fixtures", str(FILES.parents[1] / "tools" / "make_fixtures"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


MAKER = maker()


@pytest.fixture(params=CASES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def case(request):
    """A model file, the arrays that were in it, and the data it was trained on."""
    expected = dict(np.load(request.param.with_suffix(".npz")))
    return request.param, expected, MAKER.data(expected["theta"].dtype)


def test_there_is_a_file_of_every_kind():
    assert {file.stem for file in CASES} == set(MAKER.RUNS)
    assert all(file.stat().st_size < 20_000 for file in FILES.rglob("*"))


def test_a_model_of_any_version_is_read_to_the_same_arrays(xp, case):
    file, expected, _ = case
    model = xpsae.load(file, library=xp.name.partition(":")[0])
    for name, array in (("theta", model.theta), ("mean_activation", model.mean_activation), ("jac", model.result.jac)):
        np.testing.assert_array_equal(xp.host(array), expected[name])
        assert xp.host(array).dtype == expected[name].dtype
    assert model.history.cost == tuple(expected["cost"].tolist())


def test_a_model_of_any_version_computes_the_same(case):
    file, expected, X = case
    model, close = xpsae.load(file), 100 * np.finfo(expected["theta"].dtype).eps
    np.testing.assert_allclose(model.encode(X), expected["codes"], rtol=close)
    np.testing.assert_allclose(model.reconstruct(X), expected["outputs"], rtol=close, atol=close)


def test_a_checkpoint_of_any_version_is_gone_on_with(case, tmp_path):
    file, expected, X = case
    path = shutil.copy(file.with_suffix(".checkpoint"), tmp_path / "run")
    saved = read_checkpoint(path)
    np.testing.assert_array_equal(saved.arrays["x"], expected["theta"])
    np.testing.assert_array_equal(saved.history.cost, expected["cost"])
    model = xpsae.resume(path, X, max_iter=15)
    assert model.result.nit == 15
    assert model.history.cost[:13] == saved.history.cost
    assert model.result.fun < saved.history.cost[-1]


def test_a_model_written_now_has_the_form_of_its_version_s_fixtures(tmp_path):
    dtype, options = MAKER.RUNS["linear-float32"]
    xpsae.fit(MAKER.data(dtype), 3, sparsity_target=0.2, max_iter=12, rng=0, **options).save(tmp_path / "model")
    now, then = (
        read_container(file) for file in (tmp_path / "model", FILES / "version-0.1.0/linear-float32.safetensors")
    )
    assert {name: (x.dtype, x.shape) for name, x in now[0].items()} == {
        name: (x.dtype, x.shape) for name, x in then[0].items()
    }
    assert json.dumps(now[1]).count('"') == json.dumps(then[1]).count('"')


def rewritten(path, **changes):
    """Write the first fixture's arrays again, with other metadata."""
    arrays, header = read_container(CASES[0])
    metadata = {"format": "xpsae", "version": "1", "header": json.dumps(header)} | changes
    save_file(arrays, path, metadata=metadata)
    return path


def test_a_file_without_a_digest_is_read_as_the_first_ones_were(tmp_path):
    model = xpsae.load(rewritten(tmp_path / "old"))
    np.testing.assert_array_equal(model.theta, load_file(CASES[0])["theta"])


def test_a_file_of_a_newer_format_says_which_version_reads_it(tmp_path):
    path = rewritten(tmp_path / "new", version="2", writer="3.4.1", more="to come")
    with pytest.raises(
        ValueError, match=r"of version 1 or older, got .*new of version '2'\. Update xpsae to 3\.4\.1 or"
    ):
        xpsae.load(path)


@pytest.mark.parametrize("writer", ["", "now\x1b[31m", "9" * 99, "evil release"])
def test_what_is_no_version_is_not_repeated(tmp_path, writer):
    path = rewritten(tmp_path / "new", version="2", writer=writer)
    with pytest.raises(ValueError, match=r"Update xpsae to the release that wrote it, or later\.$"):
        xpsae.load(path)


def test_what_no_version_writes_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"with what no version writes: 'digets'"):
        xpsae.load(rewritten(tmp_path / "odd", digets="00"))


def test_a_wrong_digest_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"is not what was written: its digest differs\. Copy the file again"):
        xpsae.load(rewritten(tmp_path / "odd", digest="00"))
