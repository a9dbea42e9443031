"""What NumPy has and Tensors refuse, and why: the reasons that errors give, and that docs/numpy.md lists."""

from typing import Any

import numpy as np

from ..engine.protocol import refused

__all__: list[str] = []

REASONS = {
    "writes into its argument, and a Tensor is a value; write t[index] = v, or use setitem, put_along_axis, where": """
        copyto fill_diagonal place put put_along_axis putmask""",
    "gives bins whose edges move with the data, and counts that do not; take t.data": """
        histogram histogram2d histogram_bin_edges histogramdd""",
    "sorts complex numbers, which have no order: sort abs(z) or z.real": "sort_complex",
    "gives roots in no order that lasts; eigvals of the companion matrix has the same": "roots",
    "is about dates, and a Tensor holds numbers": """
        busday_count busday_offset datetime_as_string datetime_data is_busday isnat""",
    "is about the steps between floating-point numbers, where there is no slope; take t.data": "nextafter spacing",
    "writes a file, which keeps no graph; give it t.data, or use nn.save": "save savetxt savez savez_compressed",
    "makes an array of no Tensor: autograd has its own, or give what it makes to autograd.tensor": """
        arange bartlett blackman diag_indices empty eye fft.fftfreq fft.rfftfreq frombuffer fromfile fromfunction
        fromiter fromregex fromstring full genfromtxt hamming hanning identity indices kaiser load loadtxt
        mask_indices ones tri tril_indices triu_indices zeros""",
    "wants an array, which would cut the graph: np.stack joins Tensors, and t.data is an array": """
        array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix bmat from_dlpack
        require nested_iters""",
    "takes no arrays: it is about dtypes, shapes, words or NumPy itself": """
        base_repr binary_repr broadcast_shapes format_float_positional format_float_scientific frompyfunc get_include
        get_printoptions getbufsize geterr geterrcall info isdtype isfortran isscalar issubdtype iterable mintypecode
        printoptions promote_types set_printoptions setbufsize seterr seterrcall show_config show_runtime test
        typename""",
}


def named(name: str) -> Any:
    """NumPy's function of that name, such as linalg.eig; None where this version has none."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


for reason, names in REASONS.items():
    refused.update({named(name): reason for name in names.split() if callable(named(name))})
