"""`compile`: a function that is traced once for each kind of arguments, and run as a program from then on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from threading import RLock
from typing import Any, NamedTuple

import numpy as np

from ..engine.errors import GraphError, TraceError
from ..engine.modes import EXACT, RECORD, TRACE, default, enable_grad, mode
from ..engine.node import Leaf, Node, births
from ..engine.op import Op
from ..engine.sweep import Walk, backprop, seeded, world
from ..engine.tensor import Tensor, make
from ..engine.types import Function
from ..ops.declare import op
from ..ops.random import current
from ..support.checks import choice
from ..support.tree import flatten
from . import c
from .debug import CompileWarning, require_alike, require_near
from .interpreter import bare
from .passes import key, optimise, without_dead
from .plan import Plan
from .program import GradOf, GuardError, Program, Var, leaves
from .trace import Tracer

Runner = Callable[..., Sequence[Any]]  # of the inputs' arrays: all results, or a GuardError and nothing done


class Backend(NamedTuple):
    """How programs run: made ready, given which results may be written over what; and which ops stay whole."""

    ready: Callable[[Program, Mapping[int, Var]], Runner]
    whole: Callable[[Op], bool] = lambda op: True


ARRAY = (Tensor, np.ndarray, np.generic)
LIMIT = 8  # programs for one kind of arguments; a function that takes more ways through its branches runs as it is


class Compiled:
    """A function, or a module, that is run as a program. See `compile`."""

    def __init__(self, function: Function, backend: Backend, debug: bool = False) -> None:
        update_wrapper(self, function, updated=())
        self.function = function
        self.backend = backend
        self.debug = debug
        self.entries: dict[Hashable, list[Entry]] = {}
        self._given_up: set[Hashable] = set()
        self._lock = RLock()

    def __repr__(self) -> str:
        return f"compile({self.function!r})"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)  # of a module: its parameters, train(), state_dict()

    def __call__(self, *args: Any, **options: Any) -> Any:
        """What the function returns."""
        if mode.get() & (TRACE | EXACT):  # a program has sums of its own: `reproducible` runs what it was made of
            return self.function(*args, **options)
        found: list[Any] = []
        tree = (args, options)
        key = (signature(tree, found), mode.get() & RECORD, default.get())
        if key in self._given_up:
            return self.function(*args, **options)
        entries = self.entries.setdefault(key, [])
        for entry in tuple(entries):
            try:
                return entry.checked(found) if self.debug else entry.run(found)
            except GuardError:
                continue
        with self._lock:
            try:
                if len(entries) >= LIMIT:
                    raise TraceError(f"it took {LIMIT} ways through its branches already, which look at values")
                entry = Entry(self, tree)
                if self.debug:
                    require_alike(entry.joint, Entry(self, tree).joint)
            except TraceError as error:
                self._given_up.add(key)
                name = getattr(self.function, "__name__", repr(self.function))
                warnings.warn(f"compile: {name} runs as it is: {error}", CompileWarning, stacklevel=2)
                return self.function(*args, **options)
            entries.insert(0, entry)
        return entry.checked(found) if self.debug else entry.run(found)


def signature(tree: Any, found: list[Any]) -> Hashable:
    """What a program depends on: structure, shapes, dtypes, and what is no array.

    Arrays are appended to `found`, in the order in which `flatten` has them.
    """
    if isinstance(tree, ARRAY):
        found.append(tree)
        return isinstance(tree, Tensor), tree.shape, tree.dtype, isinstance(tree, Tensor) and tree._node is not None
    if isinstance(tree, dict):
        return (dict, *tree, *(signature(tree[name], found) for name in sorted(tree, key=str)))
    if isinstance(tree, (list, tuple)):
        return (type(tree), *(signature(part, found) for part in tree))
    if isinstance(tree, (slice, float)):
        return key(tree)  # type: ignore[no-any-return]
    return (type(tree), tree if isinstance(tree, Hashable) else id(tree))


class Entry:
    """One program of a compiled function: for one kind of arguments, and one way through its branches."""

    def __init__(self, owner: Compiled, tree: Any) -> None:
        self.owner = owner
        leaves, self.arguments = flatten(tree)
        self.given = [ARRAY if isinstance(x, ARRAY) else x for x in leaves]  # with none of the arrays
        self.pullback: Compiled | None = None
        found: list[Any] = []
        signature(tree, found)
        self._trace(tree, found)

    def _trace(self, tree: Any, found: list[Any]) -> None:
        start = next(births)
        tracer = Tracer(self.owner.backend.whole)
        with tracer:
            inputs = [tracer.enter(world(x, False), x.name if isinstance(x, Tensor) else "") for x in found]
            self.differentiated = [i for i, x in enumerate(found) if isinstance(x, Tensor) and x._node is not None]
            for i in self.differentiated:
                inputs[i]._node = Leaf(inputs[i]._array)
            chance = current().bit_generator.state  # the first run draws what a run without a trace would
            try:
                outs, self.rebuild = flatten(self.call(inputs))
                outs = [tracer.seen(o) if isinstance(o, (Tensor, np.ndarray)) else o for o in outs]
            finally:
                writes = tracer.written()
                self.draws = current().bit_generator.state != chance
                current().bit_generator.state = chance
            self.carriers = [i for i, o in enumerate(outs) if isinstance(o, Tensor) and o._node is not None]
            slopes = self._sweep(tracer, start, inputs, outs)
        self.conditions = tracer.conditions
        self.rounds = tracer.rounds
        self.targets = [target for target, _ in writes]
        self.count = len(outs)
        self.kinds = [isinstance(o, Tensor) for o in outs]
        variables = [tracer.known(o) if isinstance(o, Tensor) else o for o in outs]
        results = [*variables, *(value for _, value in writes)]
        self.joint = tracer.as_program([*results, *slopes])
        forward, backward = split(optimise(self.joint), len(found), len(results))
        self.residuals = len(forward.outs) - len(results)
        places = {id(var.source): var for var in forward.captured}
        over = {len(outs) + i: places.get(id(target)) for i, target in enumerate(self.targets)}
        donate = {} if self.owner.debug else {i: var for i, var in over.items() if var is not None}
        self.overwritten = [var.source for var in donate.values() if isinstance(var.source, Tensor)]
        self.forward = self.owner.backend.ready(forward, donate)
        self.backward = self.owner.backend.ready(backward, {}) if self.carriers else None
        self.program = forward

    def call(self, found: Sequence[Any]) -> Any:
        """Call the function itself, with these for its arrays."""
        arrays = iter(found)
        args, options = self.arguments([next(arrays) if x is ARRAY else x for x in self.given])
        return self.owner.function(*args, **options)

    def _sweep(self, tracer: Tracer, start: int, inputs: list[Any], outs: list[Any]) -> list[Any]:
        """Trace the pull-back too, where the results carry a gradient: cotangents in, those of `sources` out."""
        self.sources: list[Node] = []
        try:
            walk = Walk([outs[i]._node for i in self.carriers], oldest=start)
        except GraphError:  # the function itself has been back there
            self.carriers = []
        if not self.carriers:
            return []
        self.sources = sorted(walk.foreign, key=lambda n: n.birth)
        targets = [*(inputs[i]._node for i in self.differentiated), *self.sources]
        cotangents = [tracer.enter(np.ones(outs[i].shape, outs[i].dtype)[()]) for i in self.carriers]
        arrived = backprop(seeded([outs[i] for i in self.carriers], cotangents), targets, walk=walk)
        return [tracer.var(arrived[n]) if n in arrived else None for n in targets]

    def run(self, found: Sequence[Any]) -> Any:
        """What the function returns for these arguments; what it writes is written."""
        results, chance = self.computed(found)
        for each in self.rounds:
            each.commit()
        for target, value in zip(self.targets, results[self.count :]):
            if value is not target:  # an array may have been written to in place
                put(target, value)
        outs = [make(r, None) if tensor else r for r, tensor in zip(results, self.kinds)]
        if self.carriers and mode.get() & RECORD:
            self._tie(outs, found, results, chance)
        return self.rebuild(outs)

    def computed(self, found: Sequence[Any]) -> tuple[Sequence[Any], Any]:
        """All results for these arguments, and the state of the generator before, if it was drawn from.

        Raises GuardError, and nothing is written, where this is not the program.
        """
        if not all(look() == was for look, was in self.conditions):
            raise GuardError("what Python looks at, such as whether a gradient is there, is not as it was")
        for each in self.rounds:
            each.prepare()
        for tensor in self.overwritten:
            tensor.writable()
        chance = current().bit_generator.state if self.draws else None
        try:
            return self.forward(*map(bare, found)), chance
        except (GuardError, np.linalg.LinAlgError) as error:  # a rule may go another way where a matrix is singular
            if chance is not None:  # what is run instead draws the same
                current().bit_generator.state = chance
            raise GuardError(str(error)) from error

    def checked(self, found: Sequence[Any]) -> Any:
        """What the function itself returns and writes, if the program would do the same; CompileError if not."""
        results, chance = self.computed(found)
        if chance is not None:
            current().bit_generator.state = chance
        result = self.call(found)
        outs, _ = flatten(result)
        now = [t.current() if isinstance(t, GradOf) else t for t in self.targets]
        names = [f"result {i}" for i in range(self.count)] + [f"what is written to {t!r}" for t in self.targets]
        pairs = [(n, a, b) for n, a, b in zip(names, results, [*outs, *now]) if a is not None]
        require_near(*zip(*pairs))
        return result

    def _tie(self, outs: list[Any], found: Sequence[Any], results: Sequence[Any], chance: Any) -> None:
        """Make the results one recorded operation of the arguments and of what the function captures."""
        inputs = [found[i] for i in self.differentiated]
        inputs += [make(np.empty(n.shape, n.dtype), n) for n in self.sources]
        values = tuple(results[i] for i in self.carriers)
        call = Call(self, [bare(x) for x in found], results[len(results) - self.residuals :], values, chance)
        for i, tied in zip(self.carriers, _compiled(inputs, call)):
            outs[i] = tied


@dataclass(repr=False, eq=False)
class Call:
    """One differentiable run: what its pull-back needs."""

    entry: Entry
    found: list[Any]
    residuals: Sequence[Any]
    values: tuple[Any, ...]
    chance: Any  # the generator, as it was before the run

    def pull(self, g: Any, inputs: Sequence[Any]) -> Sequence[Any]:
        """The cotangents of the inputs, of the arguments first."""
        entry = self.entry
        if not any(isinstance(part, Tensor) for part in g):
            try:
                slopes = entry.backward(*self.residuals, *g)  # type: ignore[misc]
                return [np.zeros(x.shape, x.dtype) if s is None else s for s, x in zip(slopes, inputs)]
            except GuardError:
                pass
        return self._again(g, inputs)

    def _again(self, g: Any, inputs: Sequence[Any]) -> Sequence[Any]:
        """The same in a way that is recorded: the pull-back is a compiled function itself, so that it has one, too."""
        entry, count = self.entry, len(self.entry.differentiated)
        if entry.pullback is None:

            def pullback(found: list[Any], cotangents: list[Any]) -> list[Any]:
                given, start = list(found), next(births)
                for i in entry.differentiated:  # copies, since one Tensor may be given twice, or captured, too
                    given[i] = found[i].copy()
                outs, _ = flatten(entry.call(given))
                ends = [given[i]._node for i in entry.differentiated] + entry.sources
                seeds = seeded([outs[i] for i in entry.carriers], cotangents)
                arrived = backprop(seeds, ends, create_graph=True, walk=Walk(seeds, start))
                return [arrived[n] if n in arrived else make(np.zeros(n.shape, n.dtype)[()], None) for n in ends]

            entry.pullback = Compiled(pullback, entry.owner.backend)
        found = list(self.found)
        for i, x in zip(entry.differentiated, inputs[:count]):
            found[i] = x if isinstance(x, Tensor) else make(x, Leaf(x))
        now = current().bit_generator.state
        current().bit_generator.state = now if self.chance is None else self.chance  # to draw the same numbers
        try:
            with enable_grad():
                return entry.pullback(found, [world(part, True) for part in g])  # type: ignore[no-any-return]
        finally:
            current().bit_generator.state = now


@op(variadic="inputs", joint=lambda g, inputs, call: call.pull(g, inputs), name="compiled")
def _compiled(inputs: Sequence[Any], call: Call) -> tuple[Any, ...]:
    return call.values


def split(joint: Program, entered: int, count: int) -> tuple[Program, Program]:
    """The program of the first `count` results, and that of the others, which goes on from what the first one knows.

    The first takes the first `entered` inputs; the others, the cotangents, are for the second.
    """
    cotangents = joint.inputs[entered:]
    late = set(cotangents)
    for eqn in joint.eqns:
        if not late.isdisjoint(eqn.vars()):
            late.update(eqn.outs)
    early = [eqn for eqn in joint.eqns if late.isdisjoint(eqn.outs)]
    guards = [[g for g in joint.guards if (g.var in late) is after] for after in (False, True)]
    forward = Program(joint.inputs[:entered], joint.captured, early, joint.outs[:count], guards[0])
    forward.eqns = without_dead(forward).eqns
    done = {o for eqn in forward.eqns for o in eqn.outs}
    second = [eqn for eqn in joint.eqns if done.isdisjoint(eqn.outs)]
    made = {o for eqn in second for o in eqn.outs}.union(cotangents)
    wanted = dict.fromkeys([v for eqn in second for v in eqn.vars()] + list(leaves(joint.outs[count:])))
    residuals = [v for v in wanted if v not in made] if cotangents else []
    forward.outs = [*forward.outs, *residuals]
    return forward, Program([*residuals, *cotangents], [], second, joint.outs[count:], guards[1])


def put(target: Any, value: Any) -> None:
    """Write a result to the Tensor, array or gradient that the function wrote to."""
    if isinstance(target, GradOf):
        target.leaf.grad = None if value is None else np.array(value)[()]
    elif isinstance(target, Tensor):
        if value is not target._array:
            room = target.writable()
            if isinstance(room, np.ndarray) and room.flags.writeable:
                np.copyto(room, value)
            else:
                target._array = value
        target.mark_written()
    elif value is not target:
        np.copyto(target, value)


def compile(function: Any = None, *, backend: str = "auto", debug: bool = False) -> Any:
    """The function, module or training step as a program: traced once for each kind of arguments, and run from then on.

    It is traced anew for other shapes and dtypes, another branch on a value, another mode of a module, a parameter that
    was frozen. What is written to, such as parameters, running statistics and `.grad`, is written as by the function;
    gradients that an optimizer's step used are None after it. `debug` traces twice, and compares each result with the
    function's. `backend` "c" is one C function, kept on disk; "numpy" a plan of NumPy calls, to the same bits; "none"
    runs equation by equation; "auto" is "c" where a C compiler is found, else, or to debug, "numpy". Warns, and runs
    the function as it is, where a value leaves it for Python. Raises CompileError for what `debug` finds.

    >>> fast = compile(lambda x: (x * x).sum())
    >>> fast(Tensor([1.0, 2.0]))
    Tensor(5.)
    """
    choice("compile: backend", backend, ("auto", *BACKENDS))
    if function is None:
        return lambda f: compile(f, backend=backend, debug=debug)
    if backend == "auto":
        backend = "c" if c.is_there() and not debug else "numpy"
    return Compiled(function, BACKENDS[backend], debug)


BACKENDS = {"c": Backend(c.in_c, c.whole), "numpy": Backend(Plan), "none": Backend(lambda program, _: program.run)}
