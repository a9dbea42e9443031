"""Optimizer: what all of them share. An author of a new one writes `update` for one block of a parameter."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Set
from copy import deepcopy
from dataclasses import KW_ONLY, dataclass, fields
from functools import partial
from math import isfinite, prod
from operator import attrgetter, is_
from typing import Any, ClassVar, SupportsFloat, TypeAlias, TypeVar

import numpy as np

from autograd import DtypeError, GraphError, Tensor, WeightsError, enable_grad
from autograd.engine.modes import interpreter, tracing
from autograd.engine.types import Array, Dtype, Shape
from autograd.support.checks import fitted, size
from autograd.support.settings import Settings, as_given, finite, like, one_of, unless_none

Options: TypeAlias = dict[str, Any]  # a group: "params", and each option by its name
State: TypeAlias = dict[str, Any]  # what is remembered of a parameter: arrays, numbers and lists of arrays
Room: TypeAlias = tuple[Array, ...]
Loss = TypeVar("Loss", bound=SupportsFloat)  # what a closure returns: a Tensor or a number, mostly

# An update makes many passes over a parameter. In blocks of this many elements, all of its arrays stay in
# the processor's cache between the passes, which takes half the time on large layers.
BLOCK = 65536

_HALF, _SINGLE = np.dtype(np.float16), np.dtype(np.float32)

# of a group in PyTorch's state_dict: what it steps, and how a step is to be computed, which means nothing here
_NO_OPTIONS = {"params", "param_names", "foreach", "capturable", "differentiable", "fused"}


@dataclass(init=False, repr=False, eq=False)
class Optimizer(Settings):
    """Steps parameters against their gradients, in place, allocating nothing after the first step.

    `params` are Tensors, or dicts with "params" and options of their own, as in PyTorch; `param_groups` holds
    them with all options filled in, and may be changed between steps (a schedule sets "lr"). `state` holds for each
    parameter what the optimizer remembers of it, under PyTorch's names: arrays, numbers and lists of arrays, and
    nothing else, since a checkpoint writes arrays to safetensors and numbers to JSON.

    A new optimizer defines its options, annotated fields as in a dataclass, `update`, the change of one block of a
    parameter, and the method `slots`, the names of the arrays it remembers. L2 decay and `maximize`, if they are among
    the options, are done before `update` is called. Options are checked by the kind of their default: a flag, an
    integer from 1 on, a number from 0 on (any, if the default is negative), several of them, or one of the strings
    that `choices` has for this name. (One with an `__init__` of its own hands its options to this one.) A number that
    it remembers of a parameter is set in `begin` and changed in `prepare`. `whole = True` gives `update` whole
    parameters in their shape.

    A float16 parameter is stepped in float32, and what is remembered of it is float32: squares of small gradients
    would be 0 in float16. A complex one is stepped as twice as many real ones, as in PyTorch. A gradient that is not
    C-contiguous, and no other, is copied in each step.

    Raises ValueError for no parameters or an option out of range, TypeError for one of another type, DtypeError for
    what cannot carry a gradient, GraphError where no parameter has one.

    >>> class SignMomentum(Optimizer):
    ...     lr: float = 0.1
    ...     beta: float = 0.9
    ...     weight_decay: float = 0.0
    ...     def slots(self, options):
    ...         return ("mean",)
    ...     def update(self, data, grad, state, options, a, b):
    ...         mean = state["mean"]  # all in place: data, state, and a and b to work in
    ...         mean *= options["beta"]
    ...         mean += np.multiply(grad, 1 - options["beta"], out=a)
    ...         data -= np.multiply(np.sign(mean, out=a), options["lr"], out=a)
    >>> w = Tensor([1.0, -3.0], requires_grad=True)
    >>> (w * w).sum().backward(); SignMomentum([w]).step(); w.data
    array([ 0.9, -2.9], dtype=float32)
    """

    whole = False  # update sees a parameter in its shape, instead of block by block
    choices: ClassVar[dict[str, tuple[str, ...]]] = {}

    params: Iterable[Tensor] | Iterable[Mapping[str, Any]]

    _by_default = True

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        for name in inspect.get_annotations(cls).keys() & {f.name for f in fields(cls)}:
            if hasattr(Optimizer, name):
                raise TypeError(f"{cls.__name__}.{name} is no option, since all optimizers have it; leave its type out")
        defaults = {name: p.default for name, p in inspect.signature(cls).parameters.items()}
        cls._checks = {name: like(default) for name, default in defaults.items()} | cls._checks
        for name, allowed in cls.choices.items():
            check = one_of(*allowed)
            cls._checks[name] = partial(unless_none, check) if defaults.get(name) is None else check

    def __post_init__(self) -> None:
        in_order = sorted(fields(self), key=attrgetter("kw_only"))  # as in the signature
        Optimizer.__init__(self, **{f.name: vars(self).pop(f.name, f.default) for f in in_order})

    def __init__(self, params: Iterable[Tensor] | Iterable[Mapping[str, Any]], **defaults: Any) -> None:
        if not callable(self.slots):
            raise TypeError(f"{self._name}.slots is a method: def slots(self, options): return {self.slots!r}")
        self.defaults = defaults
        self.param_groups: list[Options] = []
        self.state: dict[Tensor, State] = {}
        self._rooms: dict[tuple[Shape, Dtype, str], Room] = {}
        self._blocks: dict[Dtype, Array] = {}
        given = self._listed(params)
        for group in given if given and isinstance(given[0], Mapping) else [{"params": given}]:
            self.add_param_group(group)

    # what an author writes

    def slots(self, options: Options) -> tuple[str, ...]:
        """The names of the arrays of state that a parameter with these options needs; they start as zeros."""
        return ()

    def check(self, options: Options) -> None:
        """Raise ValueError for options out of their range, or that do not go together; `options` is the group."""

    def begin(self, state: State, options: Options) -> None:
        """Set what of a parameter's new state is not zero; called before its first step."""

    def prepare(self, state: State, options: Options) -> None:
        """Change numbers in a parameter's `state`, and put what its blocks share into `options`, a copy."""

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """Change the block `data` in place, by its gradient, which is not to be written to.

        In place means `data -= ...` or `out=data`; `data = data - ...` changes nothing. `state` holds the block's part
        of each of `slots`, `options` the group's options and "step", the count of this parameter's steps from 1 on;
        `a` and `b` are arrays of the block's size to work in.
        """
        raise NotImplementedError(f"{self._name} defines no update(self, data, grad, state, options, a, b)")

    # parameters and options

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Step more parameters from now on: a dict with "params" and, where they differ, options."""
        name = self._name
        if not isinstance(param_group, Mapping) or "params" not in param_group:
            raise TypeError(f'{name}: a group is a dict with "params" and options, not {str(param_group)[:60]}')
        params = param_group["params"]
        params = [params] if isinstance(params, Tensor) else self._listed(params)
        group = {**self.defaults, **param_group, "params": params}
        if not params:
            raise ValueError(f"{name} got no parameters; pass model.parameters(), fresh, not used up")
        for p in params:
            if not isinstance(p, Tensor) or not p.is_leaf or p.dtype.kind not in "fc":
                what = f"{type(p).__name__} of shape {np.shape(p)}" if isinstance(p, Tensor) else repr(p)[:60]
                raise DtypeError(f"{name}: {what} is no parameter: a leaf Tensor of floats, such as nn.Parameter")
            if self.whole and p.dtype.kind == "c":
                raise DtypeError(f"{name} steps real parameters, not {p.dtype} {p.shape}; Adam, for one, takes both")
        if not any(p.requires_grad for p in params):
            raise ValueError(f"{name}: all {len(params)} parameters are frozen; see requires_grad_(True)")
        every = [id(p) for g in [*self.param_groups, group] for p in g["params"]]
        if len(set(every)) != len(every):
            raise ValueError(f"{name}: a parameter is given twice, and would be stepped twice")
        self._check(group)
        self.param_groups.append(group)

    def _listed(self, params: object) -> list[Any]:
        """The list of what was given; a Sequential can be iterated over too, but gives layers."""
        no_list = isinstance(params, (Tensor, Mapping, str)) or hasattr(params, "parameters")
        if no_list or not isinstance(params, Iterable):
            raise TypeError(f"{self._name}({type(params).__name__}): pass a list of parameters, or model.parameters()")
        return list(params)

    def _check(self, group: Options) -> None:
        """Each option is what its check or the kind of its default asks for."""
        for option, value in group.items():
            if option in ("params", "initial_lr"):
                continue
            if option not in self.defaults:
                raise ValueError(f"{self._name} has no option {option!r}; it has {', '.join(self.defaults)}")
            what = f"{self._name}: {option}"
            self._checks.get(option, as_given)(what, value)
            if option == "betas" and not all(beta < 1 for beta in value):
                raise ValueError(f"{what}={value} must be in [0, 1)")
        self.check(group)

    def __repr__(self) -> str:
        """The groups with their options, and how many parameters each steps."""
        lines = []
        for group in self.param_groups:
            params = group["params"]
            options = ", ".join(f"{k}={v!r}" for k, v in group.items() if k != "params")
            lines.append(f"{len(params)} parameters, {sum(p.size for p in params):,} numbers: {options}")
        return f"{self._name}(\n  " + "\n  ".join(lines) + "\n)"

    # stepping

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, before the next backward adds to them, or set those that there are to 0."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None if set_to_none or p.grad is None else np.zeros_like(p.data)

    def step(self, closure: Callable[[], Loss] | None = None) -> Loss | None:
        """Update every parameter that has a gradient.

        `closure`, if given, is called before: it computes the gradients anew and returns the loss, which is returned.
        Weights change in place, one parameter after the other, so that a step is not all or nothing: an error or
        Ctrl-C inside has a note that says how far it came.
        """
        self._check_step(closure)
        if tracing() and closure is None:
            from .traced import step  # what few need

            step(self, interpreter.get())
            return None
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        stepped, p = 0, None
        try:
            for group in self.param_groups:
                slots = self._slots(group)
                for p in group["params"]:
                    grad = p.grad
                    if grad is not None:
                        self._step_one(p, grad.data, group, slots)
                        stepped += 1
        except BaseException as error:
            self._explain(error, stepped, p)
            raise
        if not stepped:
            first, *rest = [p for group in self.param_groups for p in group["params"]]
            title = f"{first.name!r} {first.shape}" if first.name else f"of shape {first.shape}"
            raise GraphError(
                f"{self._name}.step: no parameter has a gradient, of {1 + len(rest)}, the first {title}; "
                "call loss.backward() first. If you did, the loss does not depend on them: its graph was cut by .data, "
                ".numpy(), .item(), .detach() or no_grad(), or they are those of another model. "
                "autograd.check_graph(loss, model) says where"
            )
        return loss

    def _explain(self, error: BaseException, stepped: int, p: Tensor | None) -> None:
        """Note on an error, or on Ctrl-C, that a step was not done whole."""
        if p is not None:
            which = f"{p.name!r} {p.shape}" if p.name else f"of shape {p.shape}"
            error.add_note(
                f"{self._name}.step ended inside: {stepped} parameters are stepped, that {which} perhaps in part, the "
                "others not. To go on from whole weights, load a state or a checkpoint from before"
            )

    def _check_step(self, closure: object) -> None:
        """What else may be wrong at a step: a loss instead of a function, and a rate that was set since the last."""
        if closure is not None and not callable(closure):
            raise TypeError(
                f"{self._name}.step({type(closure).__name__}): call loss.backward() first, and then step(); what step "
                "takes is a function that computes the loss, calls backward on it and returns it"
            )
        for group in self.param_groups:
            if "lr" in group:
                finite(f"{self._name}.step: lr", group["lr"], 0.0)

    def _step_one(self, p: Tensor, grad: Array, group: Options, slots: Set[str]) -> None:
        state = self.state.get(p)
        if state is None:
            state = self.state[p] = self._new_state(p, group)
        elif not state.keys() >= slots:  # an option that needs more was switched on
            state = self.state[p] = self._new_state(p, group) | state
        state["step"] += 1
        options = {**group, "step": state["step"]}
        self.prepare(state, options)
        own = data = p.writable()
        if not own.size:
            return
        if not own.flags.carray:
            data = np.array(own, order="C")  # a scalar, or columns: step on a copy, and hand it over
        line, arrays = data, state
        if data.dtype.kind == "c":
            line, grad, arrays = as_reals(data), as_reals(grad), {name: as_reals(state[name]) for name in slots}
        if self.whole:
            self._update(data, np.asarray(grad), {name: state[name] for name in slots}, options)
        elif line.size <= BLOCK:
            self._update(line.ravel(), grad.ravel(), {name: arrays[name].ravel() for name in slots}, options)
        else:
            flat, grad = line.ravel(), grad.ravel()
            for start in range(0, flat.size, BLOCK):
                part = slice(start, start + BLOCK)
                self._update(flat[part], grad[part], {name: arrays[name].ravel()[part] for name in slots}, options)
        if data is own:
            p.mark_written()
        else:
            p.data = data

    def _update(self, data: Array, grad: Array, state: State, options: Options, room: Any = None) -> None:
        narrow, dtype = data, working(data.dtype)
        a, b, own, wide = room or self._rooms.get((data.shape, dtype, "")) or self.room(data.shape, dtype)
        if data.dtype != dtype:
            wide[...], own[...] = data, grad
            data, grad = wide, own
        if options.get("maximize"):
            grad = np.negative(grad, out=own)
        decay = options.get("weight_decay")
        if decay and self.decoupled(options):
            data *= 1.0 - options["lr"] * decay
        elif decay:
            grad = np.add(grad, np.multiply(data, decay, out=a), out=own)
        arrays = tuple(state.values())
        self.update(data, grad, state, options, a, b)
        if len(state) != len(arrays) or not all(map(is_, state.values(), arrays)):
            raise TypeError(
                f"{self._name}.update put another array or number into `state`, which would be lost: write in place, "
                'state["mean"] *= 0.9 or state["mean"][...] = value; numbers are changed in prepare(state, options)'
            )
        if data is not narrow:
            narrow[...] = data

    def decoupled(self, options: Options) -> bool:
        """Whether `weight_decay` shrinks the weights by lr times it, instead of being added to the gradient."""
        return bool(options.get("decoupled_weight_decay"))

    def _slots(self, group: Options) -> Set[str]:
        slots = self.slots(group)
        if not isinstance(slots, (tuple, list)):
            raise TypeError(f"{self._name}.slots returns a tuple of names, such as ('mean',), not {slots!r}")
        return dict.fromkeys(slots).keys()  # a set in their order

    def _new_state(self, p: Tensor, group: Options) -> State:
        state: State = {"step": 0, **{name: np.zeros(p.shape, working(p.dtype)) for name in self._slots(group)}}
        if p.dtype.kind != "c":
            self.begin(state, group)
            return state
        seen = {"step": 0, **{name: as_reals(array) for name, array in state.items() if name != "step"}}
        self.begin(seen, group)
        return {**seen, **state}

    def room(self, shape: Shape, dtype: Dtype, use: str = "") -> Room:
        """Four arrays to work in, kept from step to step; what is not written to takes no memory.

        Those for "" are in use during `update`; one that needs more gives a `use` of its own.
        """
        key = shape, dtype, use
        room = self._rooms.get(key)
        if room is None:
            size = prod(shape)
            if use == "" and size <= BLOCK:
                # the same memory for all sizes; apart by no power of two, which would slow the processor's cache down
                if dtype not in self._blocks:
                    self._blocks[dtype] = np.empty((4, BLOCK + 2064), dtype)
                room = tuple(block[:size].reshape(shape) for block in self._blocks[dtype])
            else:
                room = tuple(np.empty((4, *shape), dtype))
            self._rooms[key] = room
        return room

    # saving

    def state_dict(self) -> dict[str, Any]:
        """A copy of all that a later run needs to go on as this one would: {"state": ..., "param_groups": ...}.

        As in PyTorch, parameters are numbered in the order of the groups, and each number has its state.
        `optim.save_checkpoint` writes it to a file.
        """
        numbers = {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        state = {i: _copied(self._name, self.state[p]) for p, i in numbers.items() if p in self.state}
        groups = [{**group, "params": [numbers[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned, here or in PyTorch: all of it, or an error and nothing.

        Raises WeightsError that lists groups, shapes, values and options that do not fit, and states of no parameter.
        """
        groups, given = self._listed_state(state_dict)
        problems, loaded, new_groups = [], {}, []
        for old, saved in zip(self.param_groups, groups):
            group = old | {k: v for k, v in saved.items() if k not in _NO_OPTIONS}
            new_groups.append(group)
            try:
                self._check(group)
            except (TypeError, ValueError) as error:
                problems.append(str(error))
            for index, p in zip(saved["params"], group["params"]):
                if index not in given:
                    continue
                try:
                    loaded[p] = self._fitted(given[index], p, group)
                except WeightsError as error:
                    problems.append(f"parameter {index}: {error}")
        if problems:
            lines = "\n  ".join(problems)
            raise WeightsError(f"{self._name}: this state does not fit; nothing was loaded\n  {lines}")
        self.param_groups, self.state = new_groups, loaded

    def _listed_state(self, state_dict: object) -> tuple[list[Mapping[str, Any]], dict[int, Mapping[str, Any]]]:
        """The groups and the states in a state_dict, whose every state is that of a parameter in the groups."""
        try:
            groups, given = list(state_dict["param_groups"]), dict(state_dict["state"])  # type: ignore[index]
            numbers = [size("params", index, 0) for group in groups for index in group["params"]]
            if not all(isinstance(part, Mapping) for part in [*groups, *given.values()]):
                raise TypeError("groups and states are dicts")
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"{self._name}.load_state_dict takes what state_dict() returned ({error})") from None
        sizes, mine = [len(g["params"]) for g in groups], [len(g["params"]) for g in self.param_groups]
        if sizes != mine:
            raise WeightsError(f"{self._name}: the state has groups of {sizes} parameters, this one of {mine}")
        if len(set(numbers)) < len(numbers):
            raise WeightsError(f"{self._name}: the groups have a parameter twice, of {numbers}; nothing was loaded")
        strange = [key for key in given if isinstance(key, bool) or key not in set(numbers)]
        if strange:
            text = "; JSON made text of numbers, save_checkpoint keeps them" if isinstance(strange[0], str) else ""
            keys = ", ".join(map(repr, strange[:5]))
            raise WeightsError(f"{self._name}: the state of {keys} belongs to no parameter{text}; nothing was loaded")
        return groups, given

    def _fitted(self, given: Mapping[str, Any], p: Tensor, group: Options) -> State:
        """The given state of one parameter, in its dtype; raises WeightsError where names, shapes or values differ."""
        state = self._new_state(p, group)
        # PyTorch's SGD counts no steps, and momentum is there from the first one on
        given = {"step": 1, **{k: v for k, v in given.items() if v is not None}}
        if set(given) != set(state):
            raise WeightsError(f"has {', '.join(sorted(map(str, given)))}; {self._name} has {', '.join(sorted(state))}")
        return {name: restored(name, given[name], state[name]) for name in state}


class Ascending(Optimizer):
    """One that `maximize` lets climb: the gradient is negated before anything is made of it."""

    _: KW_ONLY
    maximize: bool = False


def write(tensor: Tensor, values: Array) -> None:
    """Set the values of a tensor, in place where that can be, in its dtype."""
    if values is not tensor.data:
        data = tensor.writable()
        if not data.flags.writeable:  # such as a scalar
            tensor.data = np.asarray(values).astype(tensor.dtype)
            return
        data[...] = values
    tensor.mark_written()


def as_reals(array: Array) -> Array:
    """Complex numbers in one row of twice as many real ones, each of which has a step of its own."""
    return np.ravel(array).view(array.real.dtype)


def working(dtype: Dtype) -> Dtype:
    """The dtype that a parameter of this one is stepped in."""
    return _SINGLE if dtype == _HALF else dtype


def restored(name: str, given: Any, own: Any) -> Any:
    """A value of a saved state, of the kind, shape and dtype of `own`; WeightsError where that would falsify it."""
    if isinstance(own, list):
        if not isinstance(given, (list, tuple)):
            raise WeightsError(f"{name} is {type(given).__name__}, no list of arrays")
        return [restored(name, array, np.asarray(array)) for array in given]
    try:
        if isinstance(own, np.ndarray):
            return np.array(fitted(given, own.shape, own.dtype, "the optimizer's"), order="C")
        number = fitted(given, (), np.dtype(type(own)), "the optimizer's").item()
        if not isfinite(number) or (isinstance(own, int) and number < 0):
            raise WeightsError(f"is {number}")
    except WeightsError as error:
        raise WeightsError(f"{name} {error}") from None
    except ValueError as error:  # a ragged list
        raise WeightsError(f"{name}: {error}") from None
    return type(own)(number)


def _copied(name: str, state: State) -> State:
    """A copy of a state, if it holds what one may."""
    for key, value in state.items():
        arrays = all(isinstance(v, np.ndarray) for v in (value if isinstance(value, list) else [value]))
        if not arrays and not isinstance(value, (bool, int, float)):
            kind = type(value).__name__
            raise TypeError(f"{name}: state {key!r} is {kind}; a state holds arrays, numbers and lists of arrays")
    return deepcopy(state)
