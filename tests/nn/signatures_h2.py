"""Where convolution, pooling, normalisation, resizing, recurrence and attention take other arguments than PyTorch."""

import autograd

# what PyTorch has and we have not, with its default
LEFT_OUT = {
    "interpolate": {"antialias": False},  # no filter against aliasing
    "scaled_dot_product_attention": {"enable_gqa": False},  # no grouped queries
    "TransformerEncoder": {"enable_nested_tensor": True, "mask_check": True},  # they choose how it computes
    "PackedSequence": {"batch_sizes": None, "sorted_indices": None, "unsorted_indices": None},  # ours has `lengths`
}
# our defaults where they differ: each library has a relu of its own
DEFAULTS = {
    name: {"activation": autograd.relu}
    for name in ("Transformer", "TransformerEncoderLayer", "TransformerDecoderLayer")
}
# in PyTorch these take *args, and their documentation says which; ours take what is documented
VARIADIC = {"GRU", "LSTM", "RNN", "adaptive_max_pool2d", "max_pool1d", "max_pool2d"}
# in PyTorch written in C, with a docstring whose first line is not the whole signature
C_WITHOUT_SIGNATURE = {"scaled_dot_product_attention"}
