"""Networks as ONNX files, to be run without Glassgrad: `export`. Needs the extra `onnx`."""

from .program.onnx import export as export
