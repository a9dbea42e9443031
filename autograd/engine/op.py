"""Op: a forward function and its derivative rules, and the declarators that turn one line into an operation.

A rule asks by parameter name for what it needs: `g` (the cotangent), `y` (the output), an input's or a
parameter's name, `<input>_shape`, `<input>_dtype`, or (joint rules) `needs` and what the op keeps. Names are bound
once, here, so a misspelt one fails at import; and what no rule asks for is not kept alive.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .errors import RuleError
from .node import Node
from .types import Function, Rule

registry: dict[str, Op] = {}  # every op by name: the plan of the test suite
numpy_ufuncs: dict[Any, Function] = {}
numpy_functions: dict[Any, Function] = {}


@dataclass(eq=False, repr=False)
class Op:
    """One operation: `forward` on arrays, one rule per input (or one `joint` rule), and all that is said of it."""

    forward: Function
    given: Mapping[str, Rule | None]
    name: str = ""
    doc: str = ""
    inputs: Sequence[str] = ()
    joint: Rule | None = None
    reference: Function | None = None  # the small ops that a fused op stands for: what a recorded sweep differentiates
    exact: bool = False  # whether the kernel, too, serves `reproducible`: it computes by what it is given alone
    kept: Sequence[str] = ()  # what forward leaves for the kernel after its result: (result, *kept)
    variadic: str = ""
    cases: Any = None
    numpy: Any = None
    label: str = ""
    composite: bool = False
    view: bool = False  # the output may share memory with its input
    complex: Any = (
        None  # whether it takes complex numbers; a function, where they leave results open: what is determined
    )
    misfit: str = ""  # what to say where NumPy's ValueError, the {}, means that shapes do not fit
    formulas: Mapping[str, str] = field(default_factory=dict)
    fits: Any = None  # what knows the shapes that it takes, and says what is wrong with those of a call

    def __post_init__(self) -> None:
        self.name = self.name or self.forward.__name__
        self.doc = inspect.cleandoc(self.doc or self.forward.__doc__ or "")
        self.label = self.label or self.name
        self.call: Function = self.forward
        signature = {} if isinstance(self.forward, np.ufunc) else inspect.signature(self.forward).parameters
        self.parameters = tuple(signature) or tuple(self.inputs)
        self.defaults = {n: p.default for n, p in signature.items() if p.default is not p.empty}
        if not self.inputs:  # they lead the signature: everything up to the last one that has a rule
            last = max((i for i, n in enumerate(signature) if n in self.given), default=-1)
            self.inputs = (self.variadic,) if self.variadic else tuple(signature)[: last + 1]
        self.count = 1 if self.variadic else len(self.inputs)  # how many arguments are inputs
        self.rules: Any = None if self.joint else tuple(self.given.get(i) for i in self.inputs)
        self.ruleless = [i for i, rule in enumerate(self.rules or ()) if rule is None]
        each = (self.joint,) if self.joint else self.rules or ()
        self.differentiable = any(each) or self.composite
        self.asks = tuple(tuple(inspect.signature(rule).parameters)[1:] if rule else () for rule in each)
        self.own = len(self.asks[0]) if self.joint else 0  # how many of the saved values are for the joint rule
        self.handed = tuple(inspect.signature(self.reference).parameters) if self.reference else ()
        if self.handed:
            self.asks = ((*self.asks[0], *self.handed),)
        self._plans: dict[tuple[bool, ...], Plan] = {}
        self.passed = Passed(self)
        self.spelled: Function | None = None  # a call with arguments that only NumPy's namesake has

    def __repr__(self) -> str:
        return f"Op({self.name})"

    def asks_of(self, position: int) -> tuple[str, ...]:
        """What the rule of the input at `position` asks for."""
        return self.asks[0 if self.joint else position]

    def plan(self, needs: tuple[bool, ...]) -> Plan:
        """What a call saves and how it is pulled back, where the inputs in `needs` carry a gradient."""
        found = self._plans.get(needs)
        if found is None:
            found = self._plans[needs] = Plan(self, needs)
        return found

    def renew(self) -> None:
        """Take notice of rules that were replaced, as the mutation run does."""
        for plan in self._plans.values():
            plan.renew()

    def input_name(self, position: int) -> str:
        """The name of the input at `position`."""
        return f"{self.variadic}[{position}]" if self.variadic else self.inputs[position]

    def source(self, node: Node, name: str) -> Any:
        """The node that the saved value `name` came from; None for what carries no gradient."""
        sources = [n if need else None for n, need in zip(node.inputs, node.plan.needs)]
        if name == self.variadic:
            return sources
        return sources[self.inputs.index(name)] if name in self.inputs else None


def ours(op: Op) -> bool:
    """Whether an op is one of this library's, not a user's."""
    return op.call.__module__.startswith("autograd.")


def same(g: Any) -> Any:
    """The rule of what passes its cotangent on unchanged, such as a sum's terms."""
    return g


def chosen(op: Op, parts: Sequence[Any], count: int, positions: Sequence[int]) -> list[Any]:
    """Those of a joint rule's cotangents that are wanted."""
    if len(parts) != count:
        raise RuleError(
            f"{op.name}: the joint rule returned {len(parts)} cotangents for {count} inputs; "
            "return one for each, None where it needs none"
        )
    return [parts[i] for i in positions]


class Plan:
    """What a call of `op` saves where the inputs in `needs` carry a gradient, and how a cotangent is pulled back.

    Both are lambdas built from the names that rules ask for: Python itself binds defaults and keywords, fast.
    """

    def __init__(self, op: Op, needs: tuple[bool, ...]) -> None:
        self.op = op
        self.needs = needs
        self.positions = tuple(i for i, need in enumerate(needs) if need and i not in op.ruleless)
        self.names = tuple(dict.fromkeys(name for i in self.positions for name in op.asks_of(i)))
        signature = [f"{n}=_{n}" if n in op.defaults else n for n in op.parameters]
        values = "".join(f"{self._expression(name)}, " for name in self.names)
        names = {"np": np, **{f"_{n}": value for n, value in op.defaults.items()}}
        self.save = eval(f"lambda {', '.join(['y', *op.kept, *signature])}: ({values})", names)
        self.renew()

    def renew(self) -> None:
        """Take notice of what rules the op has now."""
        self._pulls: dict[tuple[int, ...], Function] = {}
        self.pull = self.puller(self.positions)

    def puller(self, positions: tuple[int, ...]) -> Function:
        """A function of a cotangent and of what was saved: the contributions to the inputs at `positions`."""
        found = self._pulls.get(positions)
        if found is None:
            op, places = self.op, {name: f", s[{i}]" for i, name in enumerate(self.names)}
            if op.joint:
                asked = "".join(places[name] for name in op.asks[0][: op.own])
                body = f"chosen(op, op.joint(g{asked}), {len(self.needs)}, {positions})"
            else:
                rules = op.rules
                calls = [f"op.rules[{i}](g{''.join(places[name] for name in op.asks[i])}), " for i in positions]
                body = f"({''.join('g, ' if rules[i] is same else call for i, call in zip(positions, calls))})"
            code = compile(f"lambda g, s: {body}", __file__, "eval")  # what warns is ours, not the user's
            found = self._pulls[positions] = eval(code, {"op": op, "chosen": chosen})
        return found

    def _expression(self, ask: str) -> str:
        if ask == "needs":
            return repr(self.needs)
        if ask in ("y", *self.op.kept, *self.op.parameters):
            return ask
        name, attribute = ask.rsplit("_", 1)
        return f"getattr({name}, 'shape', ())" if attribute == "shape" else f"np.result_type({name})"


class Passed(Plan):
    """The plan of one of several outputs: its cotangent goes on to the call that made it."""

    def __init__(self, op: Op) -> None:
        self.op, self.needs, self.positions, self.names = op, (True,), (0,), ()

    def puller(self, positions: tuple[int, ...]) -> Function:
        """What arrived, if it is wanted."""
        return self.pull if positions else lambda g, saved: ()

    def pull(self, g: Any, saved: Any) -> tuple[Any, ...]:
        """What arrived."""
        return (g,)
