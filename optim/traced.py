"""A step of an optimizer inside of a program: its own `update`, on stand-ins that note what it does to arrays."""

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from autograd import Tensor, TraceError
from autograd.engine.op import numpy_ufuncs
from autograd.engine.types import Dtype, Shape
from autograd.program.program import GuardError
from autograd.program.trace import Tracer

NUMBERS = (int, float)


class Slot(NDArrayOperatorsMixin):
    """An array that `update` writes to in place: here each write is a new value under the same name."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        return self.tensor.shape  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self.tensor.size)

    @property
    def dtype(self) -> Dtype:
        """The dtype of the value."""
        return self.tensor.dtype  # type: ignore[no-any-return]

    def __array_ufunc__(self, ufunc: Any, how: str, *inputs: Any, out: Any = (), **options: Any) -> Any:
        function = numpy_ufuncs.get(ufunc)
        if how != "__call__" or options or function is None:
            raise TraceError(f"an optimizer's update calls np.{ufunc.__name__} with {how}, {', '.join(options)}")
        result = function(*(self._operand(x) for x in inputs))
        if not out:
            return Slot(result)
        out[0][...] = result
        return out[0]

    def _operand(self, x: Any) -> Any:
        """A number is of the array's dtype, as Python's are."""
        if isinstance(x, Slot):
            return x.tensor
        return x.astype(self.dtype) if isinstance(x, Tensor) and x.shape == () and x.dtype != self.dtype else x

    def __setitem__(self, index: Any, value: Any) -> None:
        if index is not Ellipsis:
            raise TraceError("an optimizer's update writes to a part of an array")
        value = self._operand(value)
        value = np.broadcast_to(value, self.shape) if np.shape(value) != self.shape else value
        self.tensor = value if value.dtype == self.dtype else value.astype(self.dtype)

    def __getattr__(self, name: str) -> Any:
        raise TraceError(f"an optimizer's update asks an array for .{name}")


class Round:
    """What Python does of one step for parameters that are equally old: count it, and set the numbers of `update`.

    `prepare` sets them for the next run, `commit` makes them last.
    """

    def __init__(self, optimizer: Any, group: Any, params: list[Tensor]) -> None:
        self.optimizer = optimizer
        self.group = group
        self.params = params
        self.options: dict[str, Any] = {}
        self.fixed: dict[str, Any] | None = None
        self.prepare()
        self.moving = [  # in their order: an order by hash is another one in each process, and so the program's text
            name
            for name, value in self.options.items()
            if (name in ("lr", "step") or value is not group.get(name))
            and isinstance(value, NUMBERS)
            and not isinstance(value, bool)
        ]
        self.fixed = self._fixed()

    def prepare(self) -> None:
        """The options of the next step. Raises GuardError where the program was traced for others."""
        states = [self.optimizer.state[p] for p in self.params]
        first = states[0]
        numbers = [name for name, value in first.items() if isinstance(value, NUMBERS)]
        if any(state.get(name) != first[name] for state in states[1:] for name in numbers):
            raise GuardError("parameters of one group were stepped equally often, and are not any more")
        state = {**first, "step": first["step"] + 1}
        self.options = {**self.group, "step": state["step"]}
        self.optimizer.prepare(state, self.options)
        self.numbers = {name: state[name] for name in numbers}
        if self.fixed is not None and self.fixed != self._fixed():
            raise GuardError("an option of the optimizer was changed")

    def _fixed(self) -> dict[str, Any]:
        return {n: v for n, v in self.options.items() if n not in self.moving and n != "params"}

    def commit(self) -> None:
        """The step was done."""
        for p in self.params:
            self.optimizer.state[p].update(self.numbers)


class Number:
    """One of the options of a round, as what a program reads at each run."""

    def __init__(self, round: Round, name: str) -> None:
        self.round = round
        self.name = name

    def current(self) -> Any:
        """Its value in the run that begins."""
        return np.float64(self.round.options[self.name])


def step(optimizer: Any, tracer: Tracer) -> None:
    """Note a step of an optimizer: new values for its parameters and for what it remembers of them.

    The gradients that it used are None after it. Raises TraceError for an `update` that is no chain of ufuncs.
    """
    if optimizer.whole:
        raise TraceError(f"{type(optimizer).__name__} updates whole matrices by steps of its own")
    if any(p.dtype.kind == "c" for group in optimizer.param_groups for p in group["params"]):
        raise TraceError("a complex parameter is stepped as real numbers, by another view of its memory")
    for group in optimizer.param_groups:
        slots = optimizer._slots(group)
        ages: dict[Any, list[Tensor]] = {}
        for p in group["params"]:
            if p.grad is not None:
                state = optimizer.state.setdefault(p, optimizer._new_state(p, group))
                ages.setdefault(tuple(v for v in state.values() if isinstance(v, NUMBERS)), []).append(p)
        for params in ages.values():
            round = Round(optimizer, group, params)
            tracer.rounds.append(round)
            options = {**round.options, **{name: tracer.source(Number(round, name)) for name in round.moving}}
            for p in params:
                _one(optimizer, tracer, p, slots, options)


def _one(optimizer: Any, tracer: Tracer, p: Tensor, slots: Any, options: dict[str, Any]) -> None:
    arrays = {name: optimizer.state[p][name] for name in slots}
    state = {name: Slot(tracer.seen(array)) for name, array in arrays.items()}
    data = Slot(tracer.seen(p).tied(None))
    room = [Slot(np.zeros((), data.dtype)) for _ in range(4)]
    for each in room:
        each.tensor = np.broadcast_to(each.tensor, data.shape)
    optimizer._update(data, Slot(tracer.seen(p.grad).tied(None)), state, dict(options), room)
    tracer.write(p, data.tensor)
    for name, array in arrays.items():
        tracer.write(array, state[name].tensor)
    p.grad = None
