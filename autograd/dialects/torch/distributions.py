"""torch.distributions: those of `nn`, whose arguments, attributes and results are this dialect's Tensors outside."""

from types import MethodType
from typing import Any

from nn import distributions
from nn.distributions import Distribution, Transform

from .tensor import Size, inside, inward, outward

ours: dict[type, type] = {}  # the families and transforms of `nn`, and what they are here
_get = inward(object.__getattribute__)


class Crossing:
    """What `nn` is inside and a program sees from outside; what a program's own transform does is its own."""

    def __init__(self, *args: Any, cache_size: int = 0, **options: Any) -> None:
        inward(super().__init__)(*args, **options)

    def __init_subclass__(cls, ours: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in {"_call", "_inverse", "log_abs_det_jacobian"} & vars(cls).keys() if not ours else ():
            setattr(cls, name, outward(vars(cls)[name]))

    def __getattribute__(self, name: str) -> Any:
        value = _get(self, name)
        if inside.get():
            return value
        if type(value) in ours:
            value.__class__ = ours[type(value)]
        value = Size(value) if name in ("batch_shape", "event_shape") else value
        return inward(value) if isinstance(value, MethodType) else value

    def __repr__(self) -> str:
        return str(inward(super().__repr__)())


def _crossed(cls: type, **methods: Any) -> type:
    above = next((ours[base] for base in cls.__mro__ if base in ours), Crossing)
    ours[cls] = type(cls.__name__, (above, cls), methods, ours=True)
    return ours[cls]


_crossed(Distribution, __getattr__=inward(Distribution.__getattr__))
_crossed(Transform, __call__=inward(Transform.__call__))
classes = sorted((c for c in vars(distributions).values() if isinstance(c, type)), key=lambda c: len(c.__mro__))
namespace: dict[str, Any] = {c.__name__: ours.get(c) or _crossed(c) for c in classes}
namespace["kl_divergence"] = inward(distributions.kl_divergence)
namespace["register_kl"] = lambda p, q: lambda formula: distributions.register_kl(p, q)(outward(formula))
namespace["constraints"] = distributions.constraints
