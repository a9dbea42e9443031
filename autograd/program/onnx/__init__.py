"""A traced network as an ONNX file. `autograd.onnx` is this package's public name; it needs the extra `onnx`."""

try:
    import onnx as _onnx
except ImportError:
    raise ImportError("autograd.onnx needs onnx; run: pip install 'glassgrad[onnx]'") from None

from .export import export as export
