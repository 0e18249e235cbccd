"""Models to and from other formats and programs: ONNX, PyTorch, plain NumPy code, .npz, MATLAB."""
