"""What the played card is made from: the one place that says which versions."""

CUPY = "14.2.0"
CUDA = 13000
"""As CuPy's source wants it: CUDA 13.0."""

PACKAGES = [f"cupy-cuda13x=={CUPY}", "cuda-pathfinder==1.9.1", "nvidia-cuda-nvrtc==13.5.37"]
"""CuPy as everybody installs it, what finds its libraries, and NVIDIA's compiler."""
HEADERS = [
    "nvidia-cuda-runtime==13.0.96",
    "nvidia-cuda-crt==13.0.88",
    "nvidia-cuda-cccl==13.0.85",
    "nvidia-cuda-profiler-api==13.0.85",
]
"""CUDA's headers, for the driver, for CuPy's runtime, and for NVRTC."""
CYTHON = ["cython==3.2.4"]
SOURCE = f"cupy=={CUPY}"
"""CuPy's source, of which one extension is built again."""
