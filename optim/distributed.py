"""Data parallel training: each process has the whole model and a part of each batch; gradients are averaged by MPI.

The transport is mpi4py's: `pip install 'glassgrad[mpi]'` brings it, and an MPI. A program is started as
`mpiexec -n 2 python train.py`, and all processes run all of it. `optim.fit(..., comm=world())` does everything;
`DataParallel` is for a loop of one's own.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from itertools import chain, zip_longest
from typing import Any

import numpy as np

from autograd import GraphError, Tensor, get_rng_state, set_rng_state
from autograd.engine.modes import EXACT, Observer, always, mode
from autograd.support.checks import number, positive

from .metrics import Tally
from .model import Batch, Model, a_model, shown

__all__ = ["DataParallel", "world"]


def world() -> Any:
    """All processes that `mpiexec` started, as a communicator of mpi4py; ImportError that says how to install it."""
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise ImportError(
            f"optim.distributed needs mpi4py and an MPI ({error}): pip install 'glassgrad[mpi]'"
        ) from None
    started = os.environ.get("OMPI_COMM_WORLD_SIZE") or os.environ.get("PMI_SIZE") or "1"
    if MPI.COMM_WORLD.size == 1 < int(started):
        what = f"mpiexec started {started} processes, but each sees itself alone: it belongs to another MPI"
        raise RuntimeError(f"{what} than mpi4py's ({MPI.Get_library_version().splitlines()[0]}); use that one's")
    return MPI.COMM_WORLD


def a_comm(what: str, value: Any) -> Any:
    """`value`, if it is a communicator."""
    if isinstance(value, type) or not all(hasattr(value, name) for name in ("Iallreduce", "allgather", "rank")):
        raise TypeError(f"{what} is {shown(value)}; it takes a communicator of mpi4py: optim.distributed.world()")
    return value


class _Bucket:
    """Gradients that travel together, of one dtype; behind them, for each, in how many processes it has one."""

    def __init__(self, places: list[int], parameters: list[Tensor]) -> None:
        self.places, dtype = places, np.dtype(parameters[places[0]].dtype)
        self.ends = np.cumsum([0] + [parameters[i].size for i in places]).tolist()
        self.dtype = np.dtype(np.float32) if dtype == np.float16 else dtype  # which MPI does not add up
        self.clear()

    def clear(self) -> None:
        """Be ready for a sweep; what was sent before belongs to the gradients."""
        self.sent: Any = None  # the request
        self.values = np.empty(0, self.dtype)
        self.missing = set(self.places)

    def take(self, place: int, gradient: Any) -> None:
        """Copy a gradient in, or zeros where there is none."""
        if not self.values.size:
            self.values = np.empty(self.ends[-1] + len(self.places), self.dtype)
        i = self.places.index(place)
        self.values[self.ends[i] : self.ends[i + 1]] = 0 if gradient is None else np.reshape(gradient, -1)
        self.values[self.ends[-1] + i] = gradient is not None
        self.missing.discard(place)


class DataParallel:
    """A model whose gradients are, after each `backward()`, the mean over all processes, in each of them the same.

    `comm` is a communicator of mpi4py. All processes make the same model; its parameters and buffers become those of
    process 0. In backward, gradients are sent in buckets of about `bucket_mb` megabytes, each as soon as the last of
    its gradients is finished, while the sweep goes on. The mean of gradients is the gradient of the mean loss over the
    joint batch where all parts of it have one size. A parameter without a gradient in some processes counts as zero
    there, and in all has none. Each process must do as many sweeps through the model as the others. Batch norm has the
    statistics of each process's part of the batch, or with `sync_batch_norm` those of the joint batch.

    Inside of `autograd.reproducible()` parts are added up in the order of the processes: the same bits as those of one
    process that takes the same parts one after the other. An error that nobody catches ends the run in all processes,
    with its traceback. Raises TypeError for what is no communicator, ValueError where the processes have different
    models; `backward` raises GraphError with `create_graph`, since a mean over processes records no graph.

    >>> import nn, optim
    >>> from mpi4py import MPI
    >>> model = optim.distributed.DataParallel(nn.Linear(2, 1), MPI.COMM_WORLD)
    >>> model(Tensor([[1.0, 2.0]])).sum().backward()
    >>> model.module.weight.grad
    Tensor([[1., 2.]])
    """

    def __init__(self, model: Model, comm: Any, *, bucket_mb: float = 1.0, sync_batch_norm: bool = False) -> None:
        self.module = a_model("DataParallel: model", model)
        self.comm = a_comm("DataParallel: comm", comm).Dup()  # its messages meet no others
        size = positive("DataParallel: bucket_mb", number("DataParallel: bucket_mb", bucket_mb)) * 2**20
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        self._waits = False
        self._norms = [m for m in model.modules() if hasattr(m, "comm")] if sync_batch_norm else []
        self._require_same()
        self.broadcast()
        self._buckets = list(_buckets(self._parameters, size))
        self._of = {i: bucket for bucket in self._buckets for i in bucket.places}
        me = weakref.ref(self)
        self._removers = [p.register_hook(_hook(me, i)) for i, p in enumerate(self._parameters)]
        listener = _Listener(me)
        always.append(listener)
        self._close = weakref.finalize(self, always.remove, listener)
        for norm in self._norms:
            norm.comm = self.comm
        if self.comm.size > 1:
            _abort_uncaught()

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The model's outputs."""
        return self.module(*args, **options)

    def close(self) -> None:
        """Average no longer: the model is an ordinary one again."""
        self._close()
        for remove in self._removers:
            remove()
        for norm in self._norms:
            del norm.comm
        self.comm.Free()

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Let sweeps inside add to each process's own gradients; the next one outside sends the sums."""
        before, self._waits = self._waits, True
        try:
            yield
        finally:
            self._waits = before

    def broadcast(self) -> None:
        """Give all processes the parameters and buffers of process 0."""
        state = [*self.module.parameters(), *self.module.buffers()]
        for tensor, values in zip(state, self.comm.bcast([np.asarray(t.data) for t in state])):
            if self.comm.rank:
                tensor.data = values

    def average_buffers(self) -> None:
        """Let buffers, such as batch norm's running statistics, be the mean over all processes; integers those of 0."""
        for buffer in self.module.buffers():
            values = np.array(buffer.data)
            if values.dtype.kind in "fc":
                first, *others = every = self.comm.allgather(values)
                same = all(np.array_equal(first, other) for other in others)
                values = first if same else np.mean(every, axis=0, dtype=values.dtype)
            buffer.data = self.comm.bcast(values)

    def finish(self) -> None:
        """Send what no sweep has sent, a process's own gradients or none, and wait until all are averaged.

        `backward()` calls it; a loop calls it in a process that has no sweep to do where others have one.
        """
        for bucket in self._buckets:
            for i in sorted(bucket.missing):
                bucket.take(i, self._parameters[i]._node.grad)  # type: ignore[union-attr]
        self._send()
        for bucket in self._buckets:
            if bucket.sent is not None:
                bucket.sent.Wait()
            self._hand_out(bucket)
            bucket.clear()

    # while backward runs

    def _arrived(self, place: int, gradient: Tensor) -> None:
        """A gradient is finished: note it, and send whatever is complete."""
        if self._waits:
            return
        bucket, parameter = self._of[place], self._parameters[place]
        name = parameter.name or f"{parameter.shape}"
        if gradient.requires_grad:
            raise GraphError(f"DataParallel: a mean over processes records no graph of the gradient of {name}; "
                             "use no_sync() around a sweep with create_graph=True")  # fmt: skip
        if place not in bucket.missing:
            raise GraphError(f"DataParallel: a second sweep came to the parameter {name} before the first was averaged;"
                             " call backward(), and use no_sync() around gradients() and grad()")  # fmt: skip
        old = parameter._node.grad  # type: ignore[union-attr]
        bucket.take(place, gradient.data if old is None else old + gradient.data)
        self._send()

    def _send(self) -> None:
        """Start sending the complete buckets, in one order everywhere, and let those on their way proceed."""
        from mpi4py import MPI

        for bucket in self._buckets:
            if bucket.missing:
                break
            if bucket.sent is None and mode.get() & EXACT:  # in the order of the processes, whatever MPI's would be
                bucket.values[:] = reduce(np.add, self.comm.allgather(bucket.values))
                bucket.sent = MPI.REQUEST_NULL
            elif bucket.sent is None:
                bucket.sent = self.comm.Iallreduce(MPI.IN_PLACE, bucket.values)
            bucket.sent.Test()  # without a call now and then messages stand still

    def _swept(self, leaves: Mapping[Any, Any]) -> None:
        """A sweep ended: of this model, or of another, which is no matter."""
        begun = any(bucket.values.size for bucket in self._buckets)
        if not self._waits and (begun or any(p._node in leaves for p in self._parameters)):
            self.finish()

    def _hand_out(self, bucket: _Bucket) -> None:
        bucket.values[: bucket.ends[-1]] /= self.comm.size
        for i, place in enumerate(bucket.places):
            parameter = self._parameters[place]
            if bucket.values[bucket.ends[-1] + i]:
                mean = bucket.values[bucket.ends[i] : bucket.ends[i + 1]].reshape(parameter.shape)
                parameter._node.grad = mean.astype(parameter.dtype, copy=False)[()]  # type: ignore[union-attr]

    def _require_same(self) -> None:
        mine = [(n, p.shape, str(p.dtype), p.requires_grad) for n, p in self.module.named_parameters()]
        mine += [(n, b.shape, str(b.dtype), False) for n, b in self.module.named_buffers()]
        first, *others = self.comm.allgather(mine)
        for rank, other in enumerate(others, 1):
            if other != first:
                a, b = next((a, b) for a, b in zip_longest(first, other, fillvalue="nothing there") if a != b)
                raise ValueError(f"DataParallel: process 0 has the parameter {a}, process {rank} has {b}; "
                                 "make the same model in all")  # fmt: skip


def _buckets(parameters: list[Tensor], size: float) -> Iterator[_Bucket]:
    """Neighbours together, the last first, as backward finishes them."""
    places: list[int] = []
    for i in reversed(range(len(parameters))):
        new = places and parameters[places[0]].dtype != parameters[i].dtype
        if places and (new or sum(parameters[k].data.nbytes for k in places) >= size):
            yield _Bucket(places, parameters)
            places = []
        places = [*places, i]
    if places:
        yield _Bucket(places, parameters)


def _hook(me: Callable[[], DataParallel | None], place: int) -> Callable[[Tensor], None]:
    def hook(gradient: Tensor) -> None:
        if (parallel := me()) is not None:
            parallel._arrived(place, gradient)

    return hook


class _Listener(Observer):
    """Tells a DataParallel, as long as there is one, that a sweep has ended."""

    def __init__(self, parallel: Callable[[], DataParallel | None]) -> None:
        self.parallel = parallel

    def swept(self, output: Any, seed: Any, given: bool, added: Mapping[Any, Any]) -> None:
        """The gradients are in place."""
        if (parallel := self.parallel()) is not None:
            parallel._swept(added)


# -- a process that fails ------------------------------------------------------------------------------


def _abort_uncaught() -> None:
    """Let an error that nobody catches end all processes: the others would wait for ever."""
    if not getattr(sys.excepthook, "ends_all", False):
        show = sys.excepthook

        def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
            show(kind, error, trace)
            _abort(world())  # a communicator of a model may be freed by then

        hook.ends_all = True  # type: ignore[attr-defined]
        sys.excepthook = hook


def _abort(comm: Any) -> None:
    print(f"process {comm.rank} of {comm.size} failed, see above; all of them end", file=sys.stderr, flush=True)
    time.sleep(0.5)  # a launcher drops what it has not passed on by then
    comm.Abort(1)


@contextmanager
def together(comm: Any) -> Iterator[None]:
    """Let any error inside end the run in all processes, with its traceback; in one process it is an ordinary error."""
    try:
        yield
    except BaseException:
        if comm is not None and comm.size > 1:
            traceback.print_exc()
            _abort(comm)
        raise


# -- what `fit` needs ----------------------------------------------------------------------------------


def shard(data: Any, comm: Any) -> Any:
    """The part of each batch that is this process's; loaders first agree on a seed and where they are."""
    agree(data, comm)
    if hasattr(data, "shard"):
        return data.shard(comm.rank, comm.size)
    if not isinstance(data, list):
        raise TypeError(f"fit: with comm, data is a DataLoader or a list of batches, or has shard(rank, size); it is "
                        f"{shown(data)}")  # fmt: skip
    return [_part(batch, comm, number) for number, batch in enumerate(data)]


def agree(data: Any, comm: Any) -> None:
    """Let a loader have the seed and the place of that of process 0."""
    if hasattr(data, "load_state_dict"):
        data.load_state_dict(comm.bcast(data.state_dict()))


def _part(batch: Batch, comm: Any, number: int) -> Batch:
    if isinstance(batch, dict):
        return dict(zip(batch, _part(list(batch.values()), comm, number)))
    if isinstance(batch, (list, tuple)):
        if len({len(part) for part in batch}) > 1:
            raise ValueError(f"fit: the arrays of batch {number} have lengths {[len(part) for part in batch]}, of "
                             "which the samples' is not known; give a DataLoader")  # fmt: skip
        parts = [_part(part, comm, number) for part in batch]
        return parts if isinstance(batch, list) else tuple(parts)
    count = len(batch)
    if count < comm.size:
        raise ValueError(f"fit: batch {number} has {count} samples for {comm.size} processes")
    return batch[count * comm.rank // comm.size : count * (comm.rank + 1) // comm.size]


def own_chance(comm: Any) -> None:
    """Let each process draw numbers of its own from here on, from where process 0 is: it goes on as it was."""
    state = comm.bcast(get_rng_state())
    if comm.rank:
        generator = getattr(np.random, state["bit_generator"])()
        generator.state = state
        set_rng_state(dict(generator.jumped(comm.rank).state))


def joint(comm: Any, value: float, weight: float) -> tuple[float, float, float]:
    """Of all processes' losses the mean and what it weighs, see `Mean`, and the factor of this one's gradient."""
    parts = comm.allgather((value, weight))
    total = sum(w for _, w in parts)
    if total == np.inf:  # sums, which add up
        return sum(v for v, w in parts if w), np.inf, float(comm.size)
    return (
        sum(v * w for v, w in parts if w) / total if total else np.nan,
        total,
        comm.size * weight / total if total else 1.0,
    )


def joined(comm: Any, sums: Tally, losses: list[tuple[float, float]] | None = None) -> Tally:
    """The tally of all processes; `losses`, of the batches of this one, are added up in the order of the batches."""
    whole = Tally(sums.loss, sums.weight, sums.metrics)
    for count, statistics in comm.allgather((sums.count, sums.statistics)):
        if whole.count and count:
            pairs = zip(whole.metrics, whole.statistics, statistics)
            statistics = [metric.merge(old, new) for metric, old, new in pairs]
        if count:
            whole.count, whole.statistics = whole.count + count, statistics
    if losses is not None:
        whole.loss = whole.weight = 0.0
        every = comm.allgather(losses)
        for value, weight in chain(*([p[i] for p in every if i < len(p)] for i in range(len(every[0])))):
            whole.add(value, weight)
    return whole
