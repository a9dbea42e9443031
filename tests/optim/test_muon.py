"""Muon: what its matrices become, and which parameters it takes."""

import numpy as np
import pytest

import autograd
import optim


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)], ids=str)
def test_every_direction_of_a_gradient_is_stepped_alike(shape):
    u, _, vt = np.linalg.svd(np.random.default_rng(0).normal(size=shape), full_matrices=False)
    w = autograd.tensor(np.zeros(shape), requires_grad=True)
    w.grad = u * np.linspace(0.2, 3.0, min(shape)) @ vt
    optim.Muon([w], lr=1.0, weight_decay=0.0, adjust_lr_fn="match_rms_adamw").step()
    moved = -u.T @ w.data @ vt.T / (0.2 * np.sqrt(max(shape)))

    np.testing.assert_allclose(np.diag(moved), 1.0, atol=0.35)  # as near as five steps bring them
    np.testing.assert_allclose(moved - np.diag(np.diag(moved)), 0.0, atol=1e-12)


def test_the_same_shapes_share_their_work_matrices_and_not_their_steps():
    rng = np.random.default_rng(0)
    ws = [autograd.tensor(rng.normal(size=(4, 4)), requires_grad=True) for _ in range(2)]
    alone = [autograd.tensor(w.data, requires_grad=True) for w in ws]
    optimizers = [optim.Muon(ws), *(optim.Muon([w]) for w in alone)]
    for _ in range(3):
        for w, v in zip(ws, alone):
            w.grad = v.grad = rng.normal(size=(4, 4))
        for optimizer in optimizers:
            optimizer.step()

    for w, v in zip(ws, alone):
        np.testing.assert_array_equal(w.data, v.data)


def test_parameters_that_are_no_matrices_are_for_adamw():
    ws = [autograd.tensor(np.ones(shape), requires_grad=True) for shape in ((2, 2), (3,), (2, 2, 2))]
    with pytest.raises(ValueError, match=r"2 parameters are none, such as one of shape \(3,\); give those to AdamW"):
        optim.Muon(ws)
    optimizer = optim.Muon(ws[:1])
    with pytest.raises(ValueError, match="give those to AdamW"):
        optimizer.add_param_group({"params": ws[1:]})

    assert len(optimizer.param_groups) == 1


def test_complex_matrices_are_refused_as_in_pytorch():
    with pytest.raises(autograd.DtypeError, match="Muon steps real parameters, not complex"):
        optim.Muon([autograd.tensor(np.ones((2, 2)) * 1j, requires_grad=True)])
