"""torch.nn: our layers as PyTorch's programs hold them. The engine's side of a Module sees the engine's Tensors."""

import inspect
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import nn
from nn import functional, init

from ...engine.modes import no_grad
from ...engine.tensor import Tensor as Raw
from .absent import Absent
from .functions import asked
from .tensor import Function, Tensor, inside, inward, kinds, native, outward, wrapped

# layers whose last argument is `inplace`
INPLACE = """
    ReLU ReLU6 SELU SiLU Mish Hardswish Hardsigmoid LeakyReLU ELU CELU Hardtanh Threshold
    Dropout Dropout1d Dropout2d Dropout3d AlphaDropout
""".split()
ours: dict[type, type] = {}  # the layers of `nn`, and what they are here


class Parameter(Tensor):
    """A leaf that a Module trains."""

    def __new__(cls, data: Any = (), requires_grad: bool = True) -> Any:
        """A Parameter of these values."""
        return wrapped(nn.Parameter(native(data.detach() if isinstance(data, Tensor) else data), requires_grad))


kinds[nn.Parameter] = Parameter


class Module(nn.Module):
    """PyTorch's Module: attributes and arguments are this dialect's Tensors."""

    _writes = False  # into its argument

    def __init_subclass__(cls, ours: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "forward" in vars(cls) and not ours:
            cls.forward = outward(cls.forward)

    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, name)
        return wrapped(value) if isinstance(value, Raw) and not inside.get() else value

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter) or isinstance(vars(self).get(name), (nn.Parameter, nn.Buffer)):
            value = native(value)
        super().__setattr__(name, value)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run hooks and `forward`."""
        result = _call(self, *args, **options)
        if self._writes:
            result = wrapped(args[0]).write(native(result))
        return native(result) if inside.get() else result

    def _hook(self, place: int, function: Function) -> Any:
        return super()._hook(place, outward(function))

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> Any:
        """The parameters and buffers by name: they go on changing, as the model does."""
        return OrderedDict((prefix + n, wrapped(t) if keep_vars else wrapped(t).detach()) for n, t in self._state())

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Write values by name into the parameters and buffers."""
        return _load(self, dict(state_dict), strict)

    def to(self, *args: Any, **options: Any) -> Any:
        """Cast the parameters; a device is looked at, and can only be the CPU."""
        dtype = asked(args, options)
        return self if dtype is None else _cast(self, dtype)

    # to read only, since a write would change the copy: by attributes a program changes the model
    _modules = property(lambda self: MappingProxyType(dict(self.named_children())))
    _parameters = property(lambda self: MappingProxyType(dict(self.named_parameters(recurse=False))))
    cpu = lambda self: self
    flatten_parameters = lambda self: None
    cuda = Absent("Module.cuda")


_CROSSING = "__repr__ parameters buffers named_parameters named_buffers get_parameter get_buffer"
for _name in f"{_CROSSING} register_parameter register_buffer".split():
    setattr(Module, _name, inward(getattr(nn.Module, _name)))
_call, _load, _cast = map(inward, (nn.Module.__call__, nn.Module.load_state_dict, nn.Module.to))


def _layer(cls: type) -> type:
    """One of our layers, as a program uses it."""
    own = {n for n in dir(cls) if n[0] != "_"} - set(dir(nn.Module)) | {"__getitem__", "__setitem__", "__iter__"}
    methods = {n: inspect.getattr_static(cls, n, None) for n in (*own, "forward")}
    crossed: dict[str, Any] = {n: inward(f) for n, f in methods.items() if inspect.isfunction(f)}
    crossed |= {n: type(f)(inward(f.__func__)) for n, f in methods.items() if hasattr(f, "__func__")}
    parameters = inspect.signature(cls).parameters.values()
    count = 10**6 if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(parameters)

    def __init__(self: Any, *args: Any, device: Any = None, dtype: Any = None, **options: Any) -> None:
        args, more = args[:count], args[count:]  # which PyTorch takes by position, too
        writes = options.pop("inplace", False) or (cls.__name__ in INPLACE and more[:1] == (True,))
        if more and cls.__name__ not in INPLACE:
            device, dtype = (*more, dtype)[:2]
        options = {n: v for n, v in options.items() if n not in ("enable_nested_tensor", "mask_check")}
        inward(cls.__init__)(self, *args, **options)
        for part in nn.Module.modules(self):
            part.__class__ = ours.get(type(part), type(part))
        self._writes = bool(writes)
        self.to(device, dtype)

    made = type(cls.__name__, (Module, cls), {**crossed, "__init__": __init__, "__doc__": cls.__doc__}, ours=True)
    made.__module__, made.__signature__ = "torch.nn", inspect.signature(cls)
    return made


def _writing(function: Function) -> Function:
    """A function that writes its result into its argument, if asked to by `inplace`."""
    crossed = inward(function)

    def call(input: Any, *args: Any, inplace: bool = False, **options: Any) -> Any:
        if len(args) >= len(inspect.signature(function).parameters):  # one more than there are
            *args, inplace = args
        result = crossed(input, *args, **options)
        return input.write(native(result)) if inplace else result

    call.__name__ = function.__name__
    return call


def _filling(function: Function) -> Function:
    """An initialisation, which fills a Tensor or a view of one."""

    def call(tensor: Tensor, *args: Any, **options: Any) -> Tensor:
        with no_grad():
            return tensor.write(function(Raw(tensor.native.detach()._array), *args, **options))

    call.__name__ = function.__name__
    return call


def named(module: Any, change: Function = inward) -> dict[str, Any]:
    """The public functions of a module, changed."""
    found = {n: f for n, f in vars(module).items() if inspect.isfunction(f) and n[0] != "_"}
    return {n: change(f) for n, f in found.items()}


layers = {n: c for n, c in vars(nn).items() if isinstance(c, type) and issubclass(c, nn.Module) and c is not nn.Module}
ours |= {cls: _layer(cls) for cls in layers.values()}
F: dict[str, Any] = {n: _writing(getattr(functional, n)) for n in functional.__all__}
INIT = {n: _filling(f) if n.endswith("_") else f for n, f in named(init, lambda f: f).items()}
namespace: dict[str, Any] = {**{n: ours[cls] for n, cls in layers.items()}, "Module": Module, "Parameter": Parameter}
F |= {f"{n}_": lambda *a, f=F[n], **o: f(*a, inplace=True, **o) for n in "relu elu selu celu leaky_relu".split()}
INIT |= {n[:-1]: f for n, f in INIT.items() if n[-1] == "_"}  # as in old programs
INIT["_calculate_fan_in_and_fan_out"] = lambda tensor: init.fan(tensor.shape)  # which many a layer asks for
namespace["Buffer"] = lambda data, persistent=True: wrapped(nn.Buffer(native(data), persistent))
