"""Where convolution, pooling, normalisation, resizing, recurrence and attention take other arguments than PyTorch.

Each entry gives the arguments of PyTorch's that are left out, and why. `device`, `dtype`, `inplace`, `size_average` and
`reduce` are left out everywhere.
"""

LEFT_OUT = {
    "interpolate": ({"antialias"}, "no filter against aliasing"),
    "scaled_dot_product_attention": ({"enable_gqa"}, "no grouped queries"),
    "TransformerEncoder": ({"enable_nested_tensor", "mask_check"}, "they choose how it computes"),
    "PackedSequence": (
        {"batch_sizes", "sorted_indices", "unsorted_indices"},
        "ours holds padded data and `lengths`, in the order of the batch",
    ),
}

# PyTorch's functions whose signature cannot be asked for: written in C, or one that takes *args for another
UNKNOWN = {
    "GRU.__init__", "LSTM.__init__", "RNN.__init__",
    "adaptive_avg_pool1d", "adaptive_max_pool2d", "avg_pool1d", "avg_pool2d", "conv1d", "conv2d", "conv_transpose1d",
    "conv_transpose2d", "max_pool1d", "max_pool2d", "scaled_dot_product_attention",
}  # fmt: skip
