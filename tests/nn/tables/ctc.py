import numpy as np

from tests.nn.rows import Function, Layer


def after_log_softmax(_, loss, x, *rest):
    return loss(x.log_softmax(-1), *rest)  # PyTorch's gradient is the true one only behind it


PADDED = np.array([[1, 1, 2], [3, 2, 9], [2, 9, 9]])  # a repeated label; what lies behind the lengths does not count
JOINED = np.array([1, 1, 2, 3, 2, 2])
TIMES, SIZES = np.array([6, 4, 3]), np.array([3, 2, 1])
EMPTY = np.array([0, 2, 0])
SHORT = np.array([3, 4, 3])  # 1, 1, 2 takes four times


def row(targets, times, sizes, shape=(6, 3, 4), **options):
    return Layer("CTCLoss", (), (shape, targets, times, sizes), options, call=after_log_softmax, modes=("train",))


ROWS = [
    *(row(PADDED, TIMES, SIZES, reduction=r) for r in ("mean", "sum", "none")),
    row(JOINED, TIMES, SIZES),
    row(PADDED - 1, TIMES, SIZES, blank=3),
    row(PADDED, np.array([6, 6, 6]), EMPTY, shape=(6, 3, 5), reduction="none"),
    row(np.array([3, 1]), np.array([6, 6, 6]), EMPTY),
    row(PADDED, SHORT, SIZES, zero_infinity=True),
    row(PADDED, SHORT, SIZES, zero_infinity=True, reduction="none"),
    row(np.array([1, 2]), np.array(5), np.array(2), shape=(5, 4)),
    row(np.array([1, 2]), np.array([5]), np.array([2]), shape=(5, 4), reduction="none"),
    row(np.array([[2]]), np.array([1]), np.array([1]), shape=(1, 1, 4)),
    Function(
        "ctc_loss",
        ((6, 3, 4), PADDED, TIMES, SIZES),
        call=lambda loss, x, *rest: loss(x.log_softmax(-1), *rest),
    ),
]
