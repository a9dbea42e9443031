"""HIPS autograd's dialect: `import autograd.numpy as np`, `from autograd.extend import primitive` and their like.

The modules of this folder stand beside the engine's, on the path of the package: `autograd.numpy`, `autograd.scipy`,
`autograd.extend` are loaded where they are first imported. A traced value is a Tensor, which NumPy's functions reach by
its own protocols; results are plain arrays. docs/dialects.md says what runs and what differs.
"""
