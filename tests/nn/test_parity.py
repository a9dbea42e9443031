"""Every layer and function equals PyTorch: outputs, gradients of inputs and parameters, buffers; skipped without it."""

import numpy as np
import pytest

import nn

from .rows import all_rows, evaluate, values

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # PyTorch's own
ROWS = [row for row in all_rows() if row.torch]
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("row", "mode"), [(row, mode) for row in ROWS for mode in row.modes], ids=str)
def test_it_equals_pytorch(row, mode, dtype):
    torch.manual_seed(0)
    ours, theirs = row.build(nn), row.build(torch.nn)
    if ours is not None:
        theirs.to(getattr(torch, dtype)).train(mode == "train")
        ours.to(dtype).train(mode == "train").load_state_dict(theirs.state_dict())
    arrays = values(row)

    found = evaluate(row, nn, ours, arrays, dtype)
    expected = evaluate(row, torch.nn, theirs, arrays, dtype)

    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].shape == value.shape, name
        scale = max(1.0, np.max(np.abs(value[np.isfinite(value)]), initial=0.0))
        tolerance = TOLERANCE[dtype] * scale
        np.testing.assert_allclose(found[name], value, rtol=0, atol=tolerance, err_msg=name)
