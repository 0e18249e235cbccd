"""The sparse autoencoder of CS294A / UFLDL, on any array library.

``xpsae.fit(X)`` trains; ``xpsae.Objective``, ``xpsae.minimize`` and ``xpsae.check_gradient`` are its parts, each of use
alone; the rest reads, cuts, whitens and shows pictures. Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from xpsae.classifier import StackedClassifier as StackedClassifier
    from xpsae.classifier_cost import ClassifierObjective as ClassifierObjective
    from xpsae.convolution import convolve as convolve
    from xpsae.convolution import pool as pool
    from xpsae.data.affine import Scaling as Scaling
    from xpsae.data.formats import read_images as read_images
    from xpsae.data.idx import read_idx as read_idx
    from xpsae.data.patches import normalize_patches as normalize_patches
    from xpsae.data.patches import sample_patches as sample_patches
    from xpsae.data.samples import load_color_photographs as load_color_photographs
    from xpsae.data.samples import load_digits as load_digits
    from xpsae.data.samples import load_photographs as load_photographs
    from xpsae.data.whitener import Whitener as Whitener
    from xpsae.data.whitening import whiten_images as whiten_images
    from xpsae.doctor import Checkup as Checkup
    from xpsae.doctor import diagnose as diagnose
    from xpsae.extending import ExtendedObjective as ExtendedObjective
    from xpsae.forecast import Forecast as Forecast
    from xpsae.forecast import plan as plan
    from xpsae.interchange.archive import load_npz as load_npz
    from xpsae.interchange.archive import save_npz as save_npz
    from xpsae.interchange.matlab import load_mat as load_mat
    from xpsae.interchange.matlab import save_mat as save_mat
    from xpsae.interchange.onnx import to_onnx as to_onnx
    from xpsae.interchange.pytorch import to_torch as to_torch
    from xpsae.interchange.standalone import export_python as export_python
    from xpsae.interchange.trainautoencoder import trainautoencoder_parameters as trainautoencoder_parameters
    from xpsae.model import SparseAutoencoder as SparseAutoencoder
    from xpsae.model import load as load
    from xpsae.objective.cost import Penalties as Penalties
    from xpsae.objective.extension import L1 as L1
    from xpsae.objective.extension import RELU as RELU
    from xpsae.objective.extension import TANH as TANH
    from xpsae.objective.extension import Activation as Activation
    from xpsae.objective.extension import Penalty as Penalty
    from xpsae.optimize.driver import minimize as minimize
    from xpsae.optimize.gradient_check import GradientCheck as GradientCheck
    from xpsae.optimize.gradient_check import check_gradient as check_gradient
    from xpsae.optimize.lbfgs import LBFGS as LBFGS
    from xpsae.optimize.outcome import IntermediateResult as IntermediateResult
    from xpsae.optimize.outcome import OptimizeResult as OptimizeResult
    from xpsae.optimize.outcome import Outcome as Outcome
    from xpsae.optimize.records import Options as Options
    from xpsae.optimize.scipy_method import scipy_method as scipy_method
    from xpsae.optimize.state import OptimizerState as OptimizerState
    from xpsae.pictures.along import plot_path as plot_path
    from xpsae.pictures.on_data import plot_activations as plot_activations
    from xpsae.pictures.on_data import plot_reconstructions as plot_reconstructions
    from xpsae.pictures.plots import plot_features as plot_features
    from xpsae.pictures.plots import plot_training as plot_training
    from xpsae.pictures.plots import save_features as save_features
    from xpsae.plans import Plan as Plan
    from xpsae.problem import Objective as Objective
    from xpsae.recording import TrainingHistory as TrainingHistory
    from xpsae.repeating import Stability as Stability
    from xpsae.repeating import stability as stability
    from xpsae.reporting.page import save_report as save_report
    from xpsae.reporting.stability_page import save_stability as save_stability
    from xpsae.resuming import resume as resume
    from xpsae.stacking import stack as stack
    from xpsae.training import fit as fit
    from xpsae.versions import show_versions as show_versions
    from xpsae.warm_path import WarmPath as WarmPath
    from xpsae.warm_path import path as path
    from xpsae.warnings import CheckpointWarning as CheckpointWarning
    from xpsae.warnings import DataWarning as DataWarning
    from xpsae.warnings import OutOfMemoryWarning as OutOfMemoryWarning
    from xpsae.warnings import PrecisionWarning as PrecisionWarning
    from xpsae.warnings import XpsaeWarning as XpsaeWarning

_MODULES = {
    "Activation": "xpsae.objective.extension",
    "CheckpointWarning": "xpsae.warnings",
    "Checkup": "xpsae.doctor",
    "ClassifierObjective": "xpsae.classifier_cost",
    "DataWarning": "xpsae.warnings",
    "ExtendedObjective": "xpsae.extending",
    "Forecast": "xpsae.forecast",
    "GradientCheck": "xpsae.optimize.gradient_check",
    "IntermediateResult": "xpsae.optimize.outcome",
    "L1": "xpsae.objective.extension",
    "LBFGS": "xpsae.optimize.lbfgs",
    "Objective": "xpsae.problem",
    "OptimizeResult": "xpsae.optimize.outcome",
    "OptimizerState": "xpsae.optimize.state",
    "Options": "xpsae.optimize.records",
    "OutOfMemoryWarning": "xpsae.warnings",
    "Outcome": "xpsae.optimize.outcome",
    "Penalties": "xpsae.objective.cost",
    "Penalty": "xpsae.objective.extension",
    "Plan": "xpsae.plans",
    "PrecisionWarning": "xpsae.warnings",
    "RELU": "xpsae.objective.extension",
    "Scaling": "xpsae.data.affine",
    "SparseAutoencoder": "xpsae.model",
    "Stability": "xpsae.repeating",
    "StackedClassifier": "xpsae.classifier",
    "TANH": "xpsae.objective.extension",
    "TrainingHistory": "xpsae.recording",
    "WarmPath": "xpsae.warm_path",
    "Whitener": "xpsae.data.whitener",
    "XpsaeWarning": "xpsae.warnings",
    "check_gradient": "xpsae.optimize.gradient_check",
    "convolve": "xpsae.convolution",
    "diagnose": "xpsae.doctor",
    "export_python": "xpsae.interchange.standalone",
    "fit": "xpsae.training",
    "load": "xpsae.model",
    "load_color_photographs": "xpsae.data.samples",
    "load_digits": "xpsae.data.samples",
    "load_mat": "xpsae.interchange.matlab",
    "load_npz": "xpsae.interchange.archive",
    "load_photographs": "xpsae.data.samples",
    "minimize": "xpsae.optimize.driver",
    "normalize_patches": "xpsae.data.patches",
    "path": "xpsae.warm_path",
    "plan": "xpsae.forecast",
    "plot_activations": "xpsae.pictures.on_data",
    "plot_features": "xpsae.pictures.plots",
    "plot_path": "xpsae.pictures.along",
    "plot_reconstructions": "xpsae.pictures.on_data",
    "plot_training": "xpsae.pictures.plots",
    "pool": "xpsae.convolution",
    "read_idx": "xpsae.data.idx",
    "read_images": "xpsae.data.formats",
    "resume": "xpsae.resuming",
    "sample_patches": "xpsae.data.patches",
    "save_features": "xpsae.pictures.plots",
    "save_mat": "xpsae.interchange.matlab",
    "save_npz": "xpsae.interchange.archive",
    "save_report": "xpsae.reporting.page",
    "save_stability": "xpsae.reporting.stability_page",
    "scipy_method": "xpsae.optimize.scipy_method",
    "show_versions": "xpsae.versions",
    "stability": "xpsae.repeating",
    "stack": "xpsae.stacking",
    "to_onnx": "xpsae.interchange.onnx",
    "to_torch": "xpsae.interchange.pytorch",
    "trainautoencoder_parameters": "xpsae.interchange.trainautoencoder",
    "whiten_images": "xpsae.data.whitening",
}

__all__ = sorted([*_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        message = f"module 'xpsae' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
