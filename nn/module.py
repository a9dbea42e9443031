"""Module: parameters, buffers and sub-modules by attribute name, and what can be done to all of them at once."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import is_dataclass
from dis import opmap
from itertools import islice
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from autograd import AutogradError, DtypeError, GraphError, Tensor, WeightsError, no_grad
from autograd.engine.modes import interpreter, tracing
from autograd.engine.types import Value
from autograd.support import display
from autograd.support.checks import fitted
from autograd.support.lines import one_line
from autograd.watch.modules import begin, end

from .hooks import Crossing, Gradients, Hook, due

__all__ = ["Buffer", "Module", "Parameter", "WeightsError"]


Held = TypeVar("Held", bound=Tensor)
Part = TypeVar("Part")


class Parameter(Tensor):
    """A leaf Tensor that a Module trains.

    >>> Parameter([1.0, 2.0]).requires_grad
    True
    """

    def __init__(self, data: Value, requires_grad: bool = True, dtype: DTypeLike | None = None, name: str = "") -> None:
        super().__init__(np.array(Tensor(data, dtype=dtype).data), requires_grad, None, name)


class Buffer(Tensor):
    """A Tensor that belongs to a Module's state but is not trained, such as a running mean.

    With `persistent=False` it is left out of `state_dict`.

    >>> Buffer([0.0, 0.0]).requires_grad
    False
    """

    def __init__(self, data: Value, persistent: bool = True, dtype: DTypeLike | None = None, name: str = "") -> None:
        super().__init__(np.array(Tensor(data, dtype=dtype).data), False, None, name)
        self.persistent = persistent

    def rebind(self, result: Tensor) -> Tensor:
        """Take over the result of an in-place operation; one that carries a gradient is an error."""
        if result.requires_grad:
            raise GraphError(
                "in-place write to a Buffer of a value that carries a gradient, which would keep its graph alive; "
                "use value.detach(), or no_grad()"
            )
        return super().rebind(result)

    def __reduce__(self) -> Any:
        return type(self), (self._array, self.persistent, None, self.name)

    def _stand_in(self, values: Tensor) -> Buffer:
        """A Buffer of `values`, without a copy, that may be written to in the place of this one."""
        other = object.__new__(type(self))
        other._array, other._node, other.persistent = values._array, None, self.persistent
        return other


class Keys(NamedTuple):
    """What `load_state_dict(strict=False)` left aside: names the state lacked, names the module lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """The base of every layer: assign Parameters, Buffers and Modules as attributes, and define `forward`.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Parameter(2.0)
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> model = Scale()
    >>> model(Tensor(3.0)).item()
    6.0
    >>> [name for name, _ in model.named_parameters()]
    ['factor']
    """

    training = True
    # before and after forward, and of backward; lists, from the first one on
    _hooks: tuple[Sequence[Hook], Sequence[Hook], Sequence[Hook]] = (), (), ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, value in vars(cls).items():
            if isinstance(value, (Module, Parameter, Buffer)):
                raise TypeError(
                    f"{cls.__name__}.{name} is a {type(value).__name__} of the class, which all its instances would "
                    f"share and parameters() would not find; write self.{name} = ... in __init__"
                )

    def forward(self, *args: Any, **options: Any) -> Any:
        """Compute the output; each layer defines its own."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(self, ...)")

    def __call__(self, *args: Any, **options: Any) -> Tensor:
        """Run the hooks and `forward`; an error says which layer of which model it came from."""
        if tracing():
            interpreter.get().inside(self)
        try:
            first = begin()
            before, after, backward = self._hooks
            for hook in before and due(before):
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
            crossing = Crossing(self, backward) if backward else None
            output = self.forward(*(crossing.enter(args) if crossing else args), **options)
            for hook in after and due(after):
                changed = hook(self, args, output)
                output = output if changed is None else changed
            output = crossing.leave(output) if crossing else output
            end(self, first, output)
            return output
        except Exception as error:
            strange = [a for a in (*args, *options.values()) if not _usable(a)] or [a for a in args[:1] if a is None]
            if strange and type(self).__module__.startswith("nn.") and not _explained(error):
                text = f"{self._title()} takes arrays and Tensors of numbers, not {', '.join(map(_brief, strange))}"
                wrong = DtypeError(f"{text}; autograd.tensor(...) makes one of a list or another library's array")
                self._explain(wrong, args, options)
                raise wrong from error
            self._explain(error, args, options)
            raise

    def _explain(self, error: Exception, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Note the layer on its error, and on the way up its name in each module that holds it."""
        inner = getattr(error, "_layer", None)
        if inner is None:
            given = [_brief(a) for a in args] + [f"{name}={_brief(a)}" for name, a in options.items()]
            error.add_note(f"in {self._title()}, given {', '.join(given) or 'nothing'}")
        elif inner is not self:
            path = next((name for name, module in self.named_modules() if module is inner), "")
            error.add_note(f"in {type(self).__name__}" + (f", its {path!r}" if path else ""))
        error._layer = self  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        """Assign an attribute; one that held a Parameter or a Buffer goes on holding one."""
        held = self.__dict__.get(name)
        part = isinstance(value, (Module, Parameter, Buffer))
        if isinstance(held, Parameter) and not isinstance(value, Parameter | None):
            raise TypeError(
                f"{type(self).__name__}.{name} is a Parameter and would become {type(value).__name__}; write its "
                f"values with .{name}.data = ..., or assign Parameter(...); for one call, nn.functional_call"
            )
        if part and ("." in name or not name):
            raise KeyError(f"{type(self).__name__}: {name!r} names no part of a module; dots join names in state_dict")
        if isinstance(held, Buffer) and not (part or value is None):
            value = Buffer(value, held.persistent)
        elif isinstance(value, (list, tuple, dict)) and (why := _hidden(value)):
            warnings.warn(f"{type(self).__name__}.{name} {why}", stacklevel=2)
        object.__setattr__(self, name, value)  # so that a property's setter is called

    # the tree

    def children(self) -> Iterator[Module]:
        """The direct sub-modules."""
        return (child for _, child in self.named_children())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct sub-modules with their attribute names."""
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Module))

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module ("") and all below it with their dotted names, each once."""
        seen: set[int] = set()
        for name, module in self._walk(seen):
            seen.add(id(module))
            yield name, module

    def _walk(self, skip: Set[int] = frozenset()) -> Iterator[tuple[str, Module]]:
        """All (name, module) pairs in order, entering none in `skip`; a module used twice has two names."""
        stack: list[tuple[str, Module, tuple[int, ...]]] = [("", self, ())]
        while stack:
            name, module, above = stack.pop()
            if id(module) in skip:
                continue
            module._warn_of_hidden()
            yield name, module
            above = (*above, id(module))
            stack += [(_join(name, n), child, above) for n, child in reversed(module._below(above))]

    def _below(self, above: tuple[int, ...]) -> list[tuple[str, Module]]:
        """The named children but those in `above`: one that refers back to its parent is no child."""
        return [(name, child) for name, child in self.named_children() if id(child) not in above]

    def _warn_of_hidden(self) -> None:
        """Warn of modules that were appended to a list after it had become an attribute."""
        for name, value in vars(self).items():
            if value.__class__ in (list, dict) and (why := _hidden(value)):
                warnings.warn(f"{type(self).__name__}.{name} {why}", stacklevel=2)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, each once; with `recurse=False` only this module's own."""
        return (parameter for _, parameter in self.named_parameters("", recurse))

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names, after `prefix` if there is one; each once."""
        return self._named(Parameter, prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Buffer]:
        """All buffers, each once; with `recurse=False` only this module's own."""
        return (buffer for _, buffer in self.named_buffers("", recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Buffer]]:
        """All buffers with their dotted names, after `prefix` if there is one; each once."""
        return self._named(Buffer, prefix, recurse)

    def _named(self, kind: type[Held], prefix: str, recurse: bool) -> Iterator[tuple[str, Held]]:
        seen: set[int] = set()
        for path, module in self.named_modules() if recurse else [("", self)]:
            for name, value in vars(module).items():
                if isinstance(value, kind) and id(value) not in seen:
                    seen.add(id(value))
                    yield _join(_join(prefix, path) if path else prefix, name), value

    def add_module(self, name: str, module: Module | None) -> None:
        """Assign a module of that name, or None; the same as `self.name = module`."""
        if not isinstance(module, Module | None):
            raise TypeError(f"{type(self).__name__}.add_module: {name!r} would be {_brief(module)}, not a Module")
        setattr(self, name, module)

    register_module = add_module

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Assign a Parameter of that name, or None; the same as `self.name = param`."""
        if not isinstance(param, Parameter | None):
            raise TypeError(
                f"{type(self).__name__}.register_parameter: {name!r} would be {_brief(param)}, not a Parameter; "
                "make it one, nn.Parameter(...)"
            )
        setattr(self, name, param)

    def get_submodule(self, target: str) -> Module:
        """The module of that dotted name, this one for "".

        >>> from nn import Linear, Sequential
        >>> Sequential(Linear(3, 2)).get_submodule("0")
        Linear(3, 2)
        """
        return self._get(target, Module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of that dotted name, such as "0.weight"."""
        return self._get(target, Parameter)

    def get_buffer(self, target: str) -> Buffer:
        """The buffer of that dotted name, such as "1.running_mean"."""
        return self._get(target, Buffer)

    def _get(self, target: str, kind: type[Part]) -> Part:
        found: Any = self
        for name in target.split(".") if target else ():
            found = vars(found).get(name) if isinstance(found, Module) else None
        if not isinstance(found, kind):
            named: Any = self.named_modules() if issubclass(kind, Module) else self._named(kind, "", True)
            names = ", ".join(name for name, _ in islice(named, 9) if name)
            raise AttributeError(f"{type(self).__name__} has no {kind.__name__} {target!r}; it has {names or 'none'}")
        return found

    def register_buffer(self, name: str, tensor: Value | None, persistent: bool = True) -> None:
        """Assign a Buffer of that name, or None; the same as `self.name = Buffer(tensor)`."""
        setattr(self, name, None if tensor is None else Buffer(tensor, persistent))

    # the state

    def _state(self) -> Iterator[tuple[str, Tensor]]:
        """Every name of every parameter and persistent buffer: of one that is tied, all its names."""
        for name, owner, attribute in self._places():
            tensor = vars(owner)[attribute]
            if isinstance(tensor, Parameter) or tensor.persistent:
                yield name, tensor

    def _places(self) -> Iterator[tuple[str, Module, str]]:
        """Every name of every parameter and buffer, and the module and attribute that hold it; parameters first."""
        for prefix, owner in self._walk():
            for kind in (Parameter, Buffer):
                found = [attribute for attribute, value in vars(owner).items() if isinstance(value, kind)]
                yield from ((_join(prefix, attribute), owner, attribute) for attribute in found)

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of the values of all parameters and persistent buffers by dotted name, as NumPy arrays.

        Unlike PyTorch's it is a snapshot: training goes on without changing it.

        >>> from nn import Linear
        >>> {name: value.shape for name, value in Linear(3, 2).state_dict().items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {name: np.array(tensor.data) for name, tensor in self._state()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> Keys:
        """Write the values of `state_dict` into this module, all or none, cast to its dtypes.

        Of a tied parameter one of its names is enough. Raises WeightsError with every name that is missing or
        unexpected (unless `strict` is False), every shape or dtype that does not fit, values that the module's dtype
        cannot hold, and a tied parameter given twice with different values. Returns the names that `strict=False`
        left aside.

        >>> from nn import Linear
        >>> Linear(3, 2).load_state_dict(Linear(3, 2).state_dict())
        Keys(missing_keys=[], unexpected_keys=[])
        """
        if not isinstance(state_dict, Mapping):
            hint = "; give its .state_dict()" if isinstance(state_dict, Module) else "; nn.load(path) reads a file"
            raise TypeError(f"load_state_dict takes a dict of arrays, not {type(state_dict).__name__}{hint}")
        mine = dict(self._state())
        given = {id(mine[name]) for name in state_dict if name in mine}
        keys = Keys(
            [name for name, tensor in mine.items() if id(tensor) not in given],
            [name for name in state_dict if name not in mine],
        )
        problems = [f"missing {name} {mine[name].shape}" for name in keys.missing_keys] if strict else []
        problems += [f"unexpected {name}" for name in keys.unexpected_keys] if strict else []
        loaded: dict[int, tuple[str, np.ndarray]] = {}
        for name, tensor in mine.items():
            if name in state_dict:
                try:
                    value = fitted(state_dict[name], tensor.shape, tensor.dtype, "the module's")
                except MemoryError:
                    raise
                except Exception as error:
                    problems.append(f"{name} {error}")
                    continue
                twin, same = loaded.setdefault(id(tensor), (name, value))
                if not np.array_equal(same, value, equal_nan=True):
                    problems.append(f"{name} differs from {twin}, but they are one tied parameter here")
        if problems:
            lines = "\n  ".join(map(one_line, problems))  # a file's names may be anything
            hint = " Use strict=False to load what fits by name." if keys.missing_keys or keys.unexpected_keys else ""
            raise WeightsError(
                f"{type(self).__name__}: {len(problems)} of the given weights do not fit; nothing was loaded."
                f"{hint if strict else ''}\n  {lines}"
            )
        before = [(mine[name], mine[name].data) for name, _ in loaded.values()]
        try:
            for name, value in loaded.values():
                mine[name].data = value
        except BaseException:  # Ctrl-C
            for tensor, value in before:
                tensor.data = value
            raise
        return keys

    def train(self, mode: bool = True) -> Self:
        """Switch to training behaviour (dropout, batch statistics); returns self."""
        if not isinstance(mode, bool):
            raise TypeError(f"{type(self).__name__}.train(mode): mode is True or False, not {type(mode).__name__}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch to inference behaviour; returns self."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze all parameters (False), or train them again; returns self."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def to(self, dtype: DTypeLike) -> Self:
        """Cast all parameters and floating-point buffers to a float dtype, in place; returns self.

        >>> from nn import Linear
        >>> Linear(3, 2).to(np.float64).weight.dtype
        dtype('float64')
        """
        try:
            dtype = np.dtype(dtype)
        except TypeError:
            raise DtypeError(f"{type(self).__name__}.to({dtype!r}): give a float dtype; there are no devices") from None
        if dtype.kind != "f":
            raise DtypeError(f"{type(self).__name__}.to: parameters are floats and cannot become {dtype}")
        floats = [tensor for tensor in (*self.parameters(), *self.buffers()) if tensor.dtype.kind == "f"]
        for tensor, data in [(tensor, tensor.data.astype(dtype)) for tensor in floats]:
            tensor.data = data
        return self

    def float(self) -> Self:
        """Cast to float32, as `to(np.float32)`; returns self."""
        return self.to(np.float32)

    def double(self) -> Self:
        """Cast to float64, as `to(np.float64)`; returns self."""
        return self.to(np.float64)

    def half(self) -> Self:
        """Cast to float16, as `to(np.float16)`; returns self."""
        return self.to(np.float16)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every module, children first; returns self."""
        self._apply(fn, set())
        return self

    def _apply(self, fn: Callable[[Module], Any], seen: set[int]) -> None:
        seen.add(id(self))
        for child in list(self.children()):
            if id(child) not in seen:
                child._apply(fn, seen)
        fn(self)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set those that there are to 0."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = np.zeros_like(parameter.data)

    # hooks

    def register_forward_pre_hook(self, hook: Callable[[Module, tuple[Any, ...]], Any]) -> Hook:
        """Call `hook(module, args)` before each forward; what it returns, unless None, replaces the arguments.

        `.remove()` on the result takes it off.
        """
        return self._hook(0, hook)

    def register_forward_hook(self, hook: Callable[[Module, tuple[Any, ...], Any], Any]) -> Hook:
        """Call `hook(module, args, output)` after each forward; what it returns, unless None, replaces the output.

        `.remove()` on the result takes it off.

        >>> from nn import ReLU
        >>> layer = ReLU()
        >>> hook = layer.register_forward_hook(lambda module, args, output: output * 10)
        >>> layer(Tensor(1.0)).item()
        10.0
        >>> hook.remove(); layer(Tensor(1.0)).item()
        1.0
        """
        return self._hook(1, hook)

    def register_full_backward_hook(self, hook: Callable[[Module, Gradients, Gradients], Any]) -> Hook:
        """Call `hook(module, grad_input, grad_output)` when backward has passed the module.

        They are tuples: of the gradients of the arguments of forward, of those of its results; None where there is
        none. What it returns, unless None, replaces grad_input. `.remove()` on the result takes it off.

        >>> from nn import Tanh
        >>> layer = Tanh()
        >>> hook = layer.register_full_backward_hook(lambda module, grad_input, grad_output: print(*grad_input))
        >>> (layer(Tensor(0.0, requires_grad=True)) * 3).backward()
        Tensor(3.)
        """
        return self._hook(2, hook)

    def _hook(self, place: int, function: Callable[..., Any]) -> Hook:
        if "_hooks" not in vars(self):
            self._hooks = [], [], []
        return Hook(vars(self)["_hooks"][place], function)

    # how it looks

    def extra_repr(self) -> str:
        """What the layer shows in parentheses: the arguments it was made with, unless they are the defaults.

        Arguments are found among the attributes by their names; those without a default come first.

        >>> from nn import LSTM
        >>> LSTM(3, 8, bidirectional=True)
        LSTM(3, 8, bidirectional=True)
        """
        shown = []
        for name, parameter in inspect.signature(type(self)).parameters.items():
            value = vars(self).get(name, parameter.default)
            if isinstance(value, Module) or name not in vars(self):
                continue
            if parameter.default is True:
                value = value is not None and value is not False  # a weight that is there, or not
            text = str(value.shape) if isinstance(value, Tensor) else repr(value)
            if parameter.default is parameter.empty:
                shown.append(text)
            elif isinstance(value, Tensor) or value != parameter.default:
                shown.append(f"{name}={text}")
        return ", ".join(shown)

    def _title(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"

    def __repr__(self) -> str:
        return "\n".join(self._lines("", ()))

    def _lines(self, name: str, above: tuple[int, ...]) -> list[str]:
        """The tree from here on, a line for each module, with the parameters it holds."""
        below = [
            line
            for n, child in self._below((*above, id(self)))
            for line in child._lines(f"({one_line(n)}): ", (*above, id(self)))
        ]
        count = sum(p.size for p in self.parameters())
        note = f"  # {count:,}" if count or not above else ""
        note += "" if above else " parameters"
        if not below:
            return [f"{name}{self._title()}{note if above else ''}"]
        return [f"{name}{type(self).__name__}({self.extra_repr()}{note}", *(f"  {line}" for line in below), ")"]

    def _repr_html_(self) -> str:
        """What a notebook shows: the tree, folded, down to the shapes of its parameters."""
        return display.tree(self._branch("", ()))

    def _branch(self, name: str, above: tuple[int, ...]) -> display.Branch:
        own = [*self.named_parameters(recurse=False), *self.named_buffers(recurse=False)]
        leaves = [display.Branch(n, f"{v.shape} {v.dtype}" + ", not trained" * (not v.requires_grad)) for n, v in own]
        below = [child._branch(f"{n}: ", (*above, id(self))) for n, child in self._below((*above, id(self)))]
        count = sum(p.size for p in self.parameters())
        return display.Branch(name + self._title(), f"{count:,} parameters" if count else "", leaves + below)


@contextmanager
def evaluating(module: Module) -> Iterator[None]:
    """Inference behaviour without gradients; afterwards each part trains or not as it did before.

    >>> from nn import Dropout
    >>> layer = Dropout(1.0)
    >>> with evaluating(layer):
    ...     layer(Tensor(2.0))
    Tensor(2.)
    >>> layer.training
    True
    """
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with no_grad():
            yield
    finally:
        for part, training in modes:
            part.training = training


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _usable(value: Any) -> bool:
    """Whether a layer of ours may be given `value`."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fiub"
    return (
        value is None
        or isinstance(value, (Tensor, int, float, tuple))
        or (is_dataclass(value) and not isinstance(value, Module))
    )


def _explained(error: Exception) -> bool:
    """Whether a `raise` of ours made it, and knew why: what Python and NumPy raise by themselves explains less."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or isinstance(error, AutogradError):
        return True
    raised = trace.tb_frame.f_code.co_code[trace.tb_lasti] == opmap["RAISE_VARARGS"]
    return raised and trace.tb_frame.f_globals["__name__"].startswith(("nn.", "autograd.ops.", "autograd.support."))


def _brief(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if hasattr(value, "shape") and hasattr(value, "dtype") else repr(value)[:40]


def _hidden(value: Any, depth: int = 2) -> str:
    """Why a list or dict must not hold what it holds, or nothing; its first few items tell."""
    kind = "ModuleDict" if isinstance(value, dict) else "ModuleList"
    for item in islice(value.values() if isinstance(value, dict) else value, 8):
        if isinstance(item, Module):
            return (
                f"is a {type(value).__name__} that hides its modules from parameters() and state_dict(); use nn.{kind}"
            )
        if isinstance(item, (Parameter, Buffer)):
            return (
                f"is a {type(value).__name__} that hides its {type(item).__name__}s from parameters() and "
                "state_dict(); give each an attribute of its own, setattr(self, f'weight{i}', parameter)"
            )
        if depth > 1 and isinstance(item, (list, tuple, dict)) and (why := _hidden(item, depth - 1)):
            return why
    return ""
