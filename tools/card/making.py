"""Make the played card in a folder: what it needs is downloaded, the driver compiled, CuPy's runtime built again.

Every step is done once for its inputs; what they were stands in ``FOLDER/steps``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import stubs
import versions

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEFAULT_FOLDER = Path(os.environ.get("CARD_FOLDER") or ROOT / ".card")
COMPILE = ["g++", "-std=c++17", "-O1", "-g", "-fPIC", "-fvisibility=hidden"]
OLDEST_GCC = 12
HOST_MODULE = "card_host"
"""The module of NumPy's functions, as it is called where CuPy is."""


class MissingPartError(Exception):
    """Something that the card is made from cannot be had; the message says what, and what to do."""


def run(command: list[str | Path], purpose: str, **options: object) -> str:
    """Run a command and return what it printed; raise with its last lines where it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        message = f"{purpose}: the command failed\n  {' '.join(map(str, command))}\n{tail}"
        raise MissingPartError(message)
    return done.stdout


def check_machine() -> None:
    """Raise where the card cannot be played: another system, no compiler, no headers of Python."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        message = f"the card is played on Linux on x86-64 only, not on {sys.platform} on {platform.machine()}"
        raise MissingPartError(message)
    for tool in ("gcc", "g++", "nm"):
        if shutil.which(tool) is None:
            message = f"{tool} is not installed; a package like build-essential brings it"
            raise MissingPartError(message)
    version = run(["gcc", "-dumpversion"], "the version of gcc").strip()
    if int(version.partition(".")[0]) < OLDEST_GCC:
        message = f"gcc is {version}; {OLDEST_GCC} or newer is needed, which knows half precision"
        raise MissingPartError(message)
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        message = f"Python.h is not in {sysconfig.get_path('include')}; a package like python3-dev brings it"
        raise MissingPartError(message)


def fingerprint(*parts: object) -> str:
    """Return a digest of files and words."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else repr(part).encode())
    return digest.hexdigest()[:16]


def once(folder: Path, name: str, inputs: str, work: Callable[[], None]) -> None:
    """Do a step, unless it was done for the same inputs."""
    mark = folder / "steps" / name
    if mark.exists() and mark.read_text(encoding="utf-8") == inputs:
        return
    print(f"the card: {name}", file=sys.stderr, flush=True)
    mark.unlink(missing_ok=True)
    work()
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(inputs, encoding="utf-8")


def install(packages: Iterable[str], into: Path) -> None:
    """Install packages, and nothing that they would bring, into a folder of their own."""
    shutil.rmtree(into, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", "--target", into]
    run([*pip, *packages], f"{into.name} could not be downloaded")


def fetch_source(folder: Path) -> None:
    """Unpack CuPy's source into ``source``."""
    shutil.rmtree(folder / "source", ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "cupy", "-d", scratch]
        run(
            [*pip, versions.SOURCE],
            "CuPy's source could not be downloaded",
            env=os.environ | {"CUPY_INSTALL_USE_STUB": "1"},
        )
        with tarfile.open(next(Path(scratch).glob("*.tar.gz"))) as archive:
            archive.extractall(scratch, filter="data")
        next(path for path in Path(scratch).iterdir() if path.is_dir()).rename(folder / "source")


def include(folder: Path) -> Path:
    """Return the folder of CUDA's headers."""
    return next((folder / "headers").glob("nvidia/cu*/include"))


def compile_runtime(folder: Path) -> None:
    """Translate CuPy's runtime extension by Cython and compile it to ``objects/runtime.o``."""
    constants = {"CUPY_USE_CUDA_PYTHON": False, "CUPY_CUFFT_STATIC": False, "CUPY_CUDA_VERSION": versions.CUDA}
    constants |= {"CUPY_HIP_VERSION": 0, "CUPY_CYTHON_VERSION": versions.CYTHON[0].rpartition("=")[2]}
    given = ",".join(f"{name}={value}" for name, value in constants.items())
    source, out = folder / "source", folder / "objects"
    cython = [sys.executable, "-m", "cython", "-3", "--cplus", "-E", given, "-o", out / "runtime.cpp"]
    run(
        [*cython, "cupy_backends/cuda/api/runtime.pyx"],
        "Cython could not translate CuPy's runtime",
        cwd=source,
        env=os.environ | {"PYTHONPATH": str(folder / "cython")},
    )
    places = [
        f"-I{place}"
        for place in (include(folder), source, source / "cupy_backends/cuda/api", sysconfig.get_path("include"))
    ]
    flags = ["-O1", "-fPIC", "-w", f"-DCUPY_CUDA_VERSION={versions.CUDA}"]
    run(["g++", *flags, *places, "-c", out / "runtime.cpp", "-o", out / "runtime.o"], "CuPy's runtime")


def link_driver(folder: Path) -> None:
    """Compile the driver and cuBLAS: ``lib/libcuda.so.1``, ``lib/libcublas.so.13``, and an empty cuBLASLt."""
    lib, objects = folder / "lib", folder / "objects"
    lib.mkdir(exist_ok=True)
    parts = {path.stem: objects / f"{path.stem}.o" for path in sorted((HERE / "driver").glob("*.cpp"))}
    for name, target in parts.items():
        run(
            [*COMPILE, f"-I{include(folder)}", "-c", HERE / "driver" / f"{name}.cpp", "-o", target],
            f"the driver's {name}",
        )
    blas = parts.pop("blas")
    wheel = next((folder / "site").glob("cupy_backends/cuda/libs/cublas.*.so"))
    (objects / "stubs.cpp").write_text(stubs.of_runtime(objects / "runtime.o", parts.values()), encoding="utf-8")
    (objects / "blas_stubs.cpp").write_text(stubs.of_blas(wheel, blas), encoding="utf-8")
    (objects / "versions.map").write_text("libcublas.so.13 { global: *; };\n", encoding="utf-8")
    (objects / "empty.cpp").write_text('extern "C" int card_has_no_cublaslt() { return 0; }\n', encoding="utf-8")
    shared = ["g++", "-shared", "-fPIC", "-O1"]
    own = ["-ldl", "-Wl,-soname,libcuda.so.1", "-o", lib / "libcuda.so.1"]
    run([*shared, *parts.values(), objects / "stubs.cpp", *own], "the driver")
    needed = [lib / "libcuda.so.1", "-ldl", f"-Wl,--version-script={objects / 'versions.map'}"]
    own = ["-Wl,-soname,libcublas.so.13", "-o", lib / "libcublas.so.13"]
    run([*shared, blas, objects / "blas_stubs.cpp", *needed, *own], "cuBLAS")
    own = ["-Wl,-soname,libcublasLt.so.13", "-o", lib / "libcublasLt.so.13"]
    run([*shared, objects / "empty.cpp", *own], "cuBLASLt")


def link_runtime(folder: Path) -> None:
    """Put CuPy's runtime, linked with the driver, where the one of the wheel was."""
    lib, name = folder / "lib", f"runtime{sysconfig.get_config_var('EXT_SUFFIX')}"
    for old in (folder / "site" / "cupy_backends/cuda/api").glob("runtime.*.so"):
        old.unlink()
    # The BLAS is loaded with it, so that no other is looked for.
    played = [lib / "libcuda.so.1", lib / "libcublas.so.13", lib / "libcublasLt.so.13"]
    link = ["g++", "-shared", folder / "objects/runtime.o", "-Wl,--no-as-needed", *played, f"-Wl,-rpath,{lib}"]
    run([*link, "-o", folder / "site" / "cupy_backends/cuda/api" / name], "CuPy's runtime")


def install_host_functions(folder: Path) -> None:
    """Let NumPy stand in for cuSOLVER and cuFFT, by one line at the end of two of CuPy's files."""
    site = folder / "site"
    shutil.copy(HERE / "host_functions.py", site / f"{HOST_MODULE}.py")
    for part in ("linalg", "fft"):
        file = site / "cupy" / part / "__init__.py"
        text = file.read_text(encoding="utf-8")
        if HOST_MODULE not in text:
            line = f"\n__import__('{HOST_MODULE}').stand_in('{part}', globals())\n"
            file.write_text(text + line, encoding="utf-8")


def arrange_toolkit(folder: Path) -> None:
    """Lay out ``cuda`` as a toolkit: headers for NVRTC, and CUPTI, which is the driver's."""
    cuda, place = folder / "cuda", folder / "cuda/extras/CUPTI/lib64"
    shutil.rmtree(cuda, ignore_errors=True)
    place.mkdir(parents=True)
    (cuda / "include").symlink_to(os.path.relpath(include(folder), cuda))
    (place / "libcupti.so").symlink_to(os.path.relpath(folder / "lib/libcuda.so.1", place))


def build(folder: Path) -> None:
    """Make what is not made yet in a folder."""
    check_machine()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "objects").mkdir(exist_ok=True)
    python = (sys.version_info[:2], sysconfig.get_config_var("EXT_SUFFIX"))
    downloads = fingerprint(python, HERE / "versions.py", str(folder))
    driver = fingerprint(downloads, *sorted((HERE / "driver").iterdir()), HERE / "stubs.py", Path(__file__))
    host = fingerprint(downloads, HERE / "host_functions.py")
    steps: list[tuple[str, str, Callable[[], None]]] = [
        ("CuPy and NVRTC", downloads, lambda: install(versions.PACKAGES, folder / "site")),
        ("CUDA's headers", downloads, lambda: install(versions.HEADERS, folder / "headers")),
        ("Cython", downloads, lambda: install(versions.CYTHON, folder / "cython")),
        ("CuPy's source", downloads, lambda: fetch_source(folder)),
        ("CuPy's runtime, compiled", downloads, lambda: compile_runtime(folder)),
        ("the driver", driver, lambda: link_driver(folder)),
        ("CuPy's runtime, linked", driver, lambda: link_runtime(folder)),
        ("NumPy for cuSOLVER and cuFFT", host, lambda: install_host_functions(folder)),
        ("a toolkit's folders", downloads, lambda: arrange_toolkit(folder)),
    ]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, inputs, work in steps:
            once(folder, name, inputs, work)
