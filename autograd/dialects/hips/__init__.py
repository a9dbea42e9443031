"""HIPS autograd's dialect: `import autograd.numpy as np`, `from autograd.extend import primitive` and their like.

The modules of this folder stand beside the engine's, on the path of the package: `autograd.numpy`, `autograd.scipy`,
`autograd.extend` are loaded where they are first imported. A traced value is a Tensor, which NumPy's functions reach by
its own protocols; results are plain arrays. docs/dialects.md says what runs and what differs.
"""

# what `autograd` itself has of it, imported where it is first asked for
MODULES = "numpy scipy misc builtins core differential_operators extend test_util tracer util wrap_util".split()
NAMES = """
    deriv grad_and_aux grad_named hessian_tensor_product hessian_vector_product make_ggnvp make_hvp make_jvp make_vjp
    multigrad_dict tensor_jacobian_product vector_jacobian_product primitive dict isinstance list tuple type
""".split()
