"""Names from elsewhere: what PyTorch's users ask for that has another name here, and what to write instead."""

from __future__ import annotations

from ..engine.tensor import elsewhere

CPU = "everything is on the CPU; leave it out"

elsewhere.update(  # of a Tensor
    {
        "view": "use .reshape(...)",
        "view_as": "use .reshape(other.shape)",
        "unflatten": "use .reshape(...)",
        "permute": "use .transpose(axes)",
        "unsqueeze": "use autograd.expand_dims(x, axis), or x[:, None]",
        "expand": "use autograd.broadcast_to(x, shape)",
        "expand_as": "use autograd.broadcast_to(x, other.shape)",
        "numel": "use .size",
        "dim": "use .ndim",
        "t": "use .T",
        "mm": "use x @ y",
        "bmm": "use x @ y",
        "add": "use x + y, or autograd.add(x, y)",
        "sub": "use x - y, or autograd.subtract(x, y)",
        "mul": "use x * y, or autograd.multiply(x, y)",
        "div": "use x / y, or autograd.divide(x, y)",
        "pow": "use x ** n",
        "neg": "use -x",
        "clamp": "use autograd.clip(x, low, high)",
        "clone": "use .copy()",
        "cpu": CPU,
        "cuda": CPU,
        "to": "use .astype(dtype); a device there is none, everything is on the CPU",
        "double": "use .astype(np.float64)",
        "float": "use .astype(np.float32)",
        "half": "use .astype(np.float16)",
        "long": "use .astype(np.int64)",
        "type": "use .astype(dtype)",
        "contiguous": "arrays are made so where it matters; leave it out",
        "gather": "use autograd.take_along_axis(x, indices, axis)",
        "scatter_": "use autograd.put_along_axis(x, indices, values, axis), which returns the result",
        "index_select": "use autograd.take(x, indices, axis)",
        "masked_fill": "use autograd.where(mask, value, x)",
        "norm": "use autograd.norm(x)",
        "requires_grad_": "write x.requires_grad = True",
        "zero_": "write x[...] = 0.0",
        "fill_": "write x[...] = value",
        "add_": "write x += y",
        "mul_": "write x *= y",
        "sub_": "write x -= y",
        "copy_": "write x[...] = other",
    }
)

of_package = {  # of autograd
    "cat": "autograd.concatenate(arrays, axis)",
    "manual_seed": "autograd.seed(number)",
    "clamp": "autograd.clip(x, low, high)",
    "from_numpy": "autograd.tensor(array), which copies it",
    "as_tensor": "autograd.tensor(data)",
    "FloatTensor": "autograd.tensor(data)",
    "mm": "x @ y or autograd.matmul",
    "bmm": "x @ y or autograd.matmul",
    "mv": "x @ y or autograd.matmul",
    "mul": "autograd.multiply or *",
    "sub": "autograd.subtract or -",
    "div": "autograd.divide or /",
    "pow": "autograd.power or **",
    "neg": "autograd.negative or -",
    "unsqueeze": "autograd.expand_dims(x, axis)",
    "permute": "autograd.transpose(x, axes)",
    "flatten": "autograd.ravel(x), or x.reshape(len(x), -1) to keep the first axis",
    "gather": "autograd.take_along_axis(x, indices, axis)",
    "index_select": "autograd.take(x, indices, axis)",
    "atan2": "autograd.arctan2",
    "sgn": "autograd.sign",
    "lgamma": "autograd.gammaln",
    "repeat_interleave": "autograd.repeat(x, repeats, axis)",
    "device": "none: everything is on the CPU, in NumPy's arrays",
    "cuda": "none: everything is on the CPU, in NumPy's arrays",
    "nn": "the package beside autograd: import nn",
    "optim": "the package beside autograd: import optim",
    "Variable": "autograd.Tensor(data, requires_grad=True)",
    "save": "nn.save(path, state)",
    "load": "nn.load(path)",
    "multinomial": "np.random.Generator.choice, or autograd.bernoulli",
    **{
        n: f"np.{n}"
        for n in ("float16", "float32", "float64", "int32", "int64", "uint8", "newaxis", "pi", "inf", "nan")
    },
    "long": "np.int64",
    "double": "np.float64",
    "half": "np.float16",
}
