"""Sequences of different lengths in one array: padding, and what a recurrent layer needs to leave the padding out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import autograd
from autograd import DtypeError, ShapeError, Tensor
from autograd.engine.types import Value
from autograd.ops.shapes import fit
from autograd.support.checks import choice, flag, shape_of, size

__all__ = ["PackedSequence", "pack_padded_sequence", "pad_packed_sequence", "pad_sequence"]


@dataclass(frozen=True)
class PackedSequence:
    """A batch of sequences and the length of each, as recurrent layers take and return it.

    `data` is padded, (T, N, ...) with T the greatest length, and `lengths` (N,) holds integers. Unlike PyTorch's, which
    stores no padding, it keeps the order of the batch; what lies beyond a length is never read. Make it by
    `pack_padded_sequence`, which checks both.

    >>> PackedSequence(Tensor([[1.0, 2.0], [3.0, 0.0]]), np.array([2, 1])).data.shape
    (2, 2)
    """

    data: Tensor
    lengths: np.ndarray


def pad_sequence(
    sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """One array (T, N, ...) of N sequences (length, ...), padded to the greatest length; (N, T, ...) if `batch_first`.

    Raises ShapeError where sequences differ in more than their length, ValueError where there are none, TypeError or
    ValueError for other settings.

    >>> pad_sequence([Tensor([1.0, 2.0, 3.0]), Tensor([4.0])], batch_first=True)
    Tensor([[1., 2., 3.],
            [4., 0., 0.]])
    """
    choice("pad_sequence: padding_side", padding_side, ("left", "right"))
    flag("pad_sequence: batch_first", batch_first)
    if not isinstance(sequences, (list, tuple)):
        raise TypeError(f"pad_sequence: sequences is {type(sequences).__name__}; it takes a list of sequences")
    shapes = [shape_of(s) for s in sequences]
    if not shapes:
        raise ValueError("pad_sequence: no sequences; it takes a list of at least one")
    if any(len(s) == 0 or s[1:] != shapes[0][1:] for s in shapes):
        raise ShapeError(f"pad_sequence: shapes {shapes} differ in more than the first axis, their length")
    longest = max(s[0] for s in shapes)
    widths = [(longest - s[0], 0) if padding_side == "left" else (0, longest - s[0]) for s in shapes]
    padded = [
        autograd.pad(s, (width, *((0, 0),) * (len(shape) - 1)), constant_values=padding_value)
        for s, shape, width in zip(sequences, shapes, widths)
    ]
    return autograd.stack(padded, 0 if batch_first else 1)


def pack_padded_sequence(
    input: Tensor, lengths: Value, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """A padded batch (T, N, ...), or (N, T, ...) if `batch_first`, and the length of each sequence, for an RNN.

    Its `data` is (T, N, ...), with T the greatest length. With `enforce_sorted` lengths must not increase, as for
    PyTorch. Raises ShapeError or DtypeError unless `lengths` is (N,) integers, ValueError unless each is in [1, T].

    >>> packed = pack_padded_sequence(np.zeros((5, 2, 3)), [4, 1])
    >>> packed.data.shape, packed.lengths
    ((4, 2, 3), array([4, 1]))
    """
    flag("pack_padded_sequence: batch_first", batch_first)
    flag("pack_padded_sequence: enforce_sorted", enforce_sorted)
    fit("pack_padded_sequence", "input (N, T, ...)" if batch_first else "input (T, N, ...)", input)
    data = autograd.swapaxes(input, 0, 1) if batch_first else input
    steps, batch = data.shape[:2]
    lengths = np.array(lengths.data if isinstance(lengths, Tensor) else lengths)
    if lengths.shape != (batch,) or batch == 0:
        raise ShapeError(f"pack_padded_sequence: lengths {lengths.shape} for a batch of {batch}; one for each sequence")
    if lengths.dtype.kind not in "iu":
        raise DtypeError(f"pack_padded_sequence: lengths of dtype {lengths.dtype}; they count steps and take integers")
    if lengths.min() < 1 or lengths.max() > steps:
        raise ValueError(f"pack_padded_sequence: lengths {lengths.tolist()} are not all in [1, {steps}]")
    if enforce_sorted and (np.diff(lengths) > 0).any():
        raise ValueError(
            f"pack_padded_sequence: lengths {lengths.tolist()} increase; sort the batch by length, longest first, "
            "or pass enforce_sorted=False"
        )
    return PackedSequence(data[: lengths.max()], lengths)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The padded batch (T, N, ...), or (N, T, ...) if `batch_first`, and the lengths; the inverse of packing.

    T is the greatest length, or `total_length`; raises ValueError where that is less, TypeError for what is no
    PackedSequence.

    >>> pad_packed_sequence(pack_padded_sequence(Tensor([[1.0, 2.0], [3.0, 9.0]]), [2, 1]))
    (Tensor([[1., 2.],
            [3., 0.]]), Tensor([2, 1]))
    """
    if not isinstance(sequence, PackedSequence):
        raise TypeError(f"pad_packed_sequence: sequence is {type(sequence).__name__}; it takes a PackedSequence")
    flag("pad_packed_sequence: batch_first", batch_first)
    if total_length is not None:
        size("pad_packed_sequence: total_length", total_length)
    data, lengths = sequence.data, sequence.lengths
    steps = data.shape[0]
    if total_length is not None and total_length < steps:
        raise ValueError(f"pad_packed_sequence: total_length={total_length} is less than the longest sequence, {steps}")
    inside = np.arange(steps)[:, None] < lengths
    padded = autograd.where(inside.reshape(*inside.shape, *(1,) * (data.ndim - 2)), data, padding_value)
    if total_length is not None:
        widths = ((0, total_length - steps), *((0, 0),) * (data.ndim - 1))
        padded = autograd.pad(padded, widths, constant_values=padding_value)
    return autograd.swapaxes(padded, 0, 1) if batch_first else padded, Tensor(lengths)
