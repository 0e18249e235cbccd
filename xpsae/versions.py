"""What a report of trouble should begin with: the versions of everything that takes part, and the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys

import threadpoolctl

from xpsae.arrays import host
from xpsae.arrays.cuda import cuda_problem, gpus

_PACKAGES = {
    "needed": ("numpy", "array-api-compat", "safetensors", "threadpoolctl", "tqdm"),
    "arrays": ("cupy-cuda13x", "cupy-cuda12x", "cupy", "torch", "jax", "array-api-strict"),
    "other": ("scikit-learn", "scipy", "matplotlib", "onnx", "h5py", "pandas", "pyarrow", "pillow"),
}


def show_versions() -> None:
    """Print the versions of xpsae, Python, packages and BLAS, the platform and the GPUs, for a report of trouble.

    Notes
    -----
    It asks the array libraries that are installed for GPUs, which imports them.

    Examples
    --------
    >>> import xpsae
    >>> xpsae.show_versions()  # doctest: +ELLIPSIS
    xpsae...
    """
    found = collected()
    width = max(map(len, found))
    sys.stdout.writelines(f"{name:<{width}}  {value}\n" for name, value in found.items())


def collected() -> dict[str, str]:
    """Return what `show_versions` prints, in its order."""
    lines = {
        "xpsae": _version("xpsae") or "not installed",
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "platform": platform.platform(),
        "processors": str(os.cpu_count()),
    }
    for group, packages in _PACKAGES.items():
        versions = {name: _version(name) for name in packages}
        lines |= {name: version for name, version in versions.items() if version}
        if group != "needed" and (absent := [name for name, version in versions.items() if not version]):
            lines[f"not installed ({group})"] = ", ".join(absent)
    lines["gpus"] = ", ".join(gpus()) or "none found"
    lines["cupy usable"] = f"no: {problem}" if (problem := cuda_problem()) else "yes"
    host.linalg.norm(host.ones(1))  # a BLAS is listed once it is loaded
    for i, pool in enumerate(threadpoolctl.threadpool_info()):
        told = (pool.get("internal_api"), pool.get("version"), f"{pool.get('num_threads')} threads")
        lines[f"threads {i}"] = ", ".join(str(part) for part in told if part)
    return lines


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
