"""The promise of the package: what `import xpsae` loads, and what `__all__` names."""

import enum
import importlib.metadata
import inspect
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import xpsae

PUBLIC = """
    Activation CheckpointWarning Checkup ClassifierObjective DataWarning ExtendedObjective Forecast GradientCheck
    IntermediateResult L1 LBFGS Objective OptimizeResult OptimizerState Options OutOfMemoryWarning Outcome Penalties
    Penalty Plan PrecisionWarning RELU Scaling SparseAutoencoder Stability StackedClassifier TANH TrainingHistory
    WarmPath Whitener XpsaeWarning __version__ check_gradient convolve diagnose export_python fit load
    load_color_photographs load_digits load_mat load_npz load_photographs minimize normalize_patches path plan
    plot_activations plot_features plot_path plot_reconstructions plot_training pool read_idx read_images resume
    sample_patches save_features save_mat save_npz save_report save_stability scipy_method show_versions stability
    stack to_onnx to_torch trainautoencoder_parameters whiten_images
"""
EXTRAS = ["cupy", "scipy", "sklearn", "matplotlib", "torch", "jax", "dask", "onnx", "PIL", "pandas", "h5py", "pyarrow"]
NAMES = getattr(xpsae, "__all__", [])
CALLABLE = [name for name in NAMES if inspect.isroutine(getattr(xpsae, name)) or inspect.isclass(getattr(xpsae, name))]
FUNCTIONS = [name for name in CALLABLE if not isinstance(getattr(xpsae, name), enum.EnumMeta)]
CALLED = [name for name in FUNCTIONS if not name.endswith("Warning")]  # whose signature is that of every exception


def test_import_loads_no_optional_library():
    code = f"import sys, xpsae; print(*[name for name in {EXTRAS} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert loaded == []


def test_import_leaves_the_warning_filters_alone():
    code = "import warnings; before = list(warnings.filters); import xpsae; assert warnings.filters == before"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_public_names_are_these_and_no_others():
    assert sorted(NAMES) == PUBLIC.split()


def test_a_users_typed_program_runs():
    program = Path(__file__).with_name("typed_program.py")
    assert -1 < runpy.run_path(str(program))["main"]() < 1


def test_all_is_listed_once_and_found_by_dir():
    assert len(set(NAMES)) == len(NAMES)
    assert set(NAMES) <= set(dir(xpsae))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'autoencoder'"):
        _ = xpsae.autoencoder


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_name_is_documented(name):
    assert inspect.getdoc(getattr(xpsae, name)).strip()


@pytest.mark.parametrize("name", CALLED)
def test_public_name_is_typed(name):
    thing = getattr(xpsae, name)
    parameters = inspect.signature(thing).parameters.values()
    assert [p.name for p in parameters if p.annotation is p.empty] == []
    if inspect.isfunction(thing):
        assert inspect.signature(thing).return_annotation is not inspect.Signature.empty


def test_version_is_that_of_the_installed_package():
    assert xpsae.__version__ == importlib.metadata.version("xpsae")
