"""Mutants: break every rule on purpose, and demand that the proof turns red.

`python -m autograd.testing.mutation` breaks every rule, kernel and reference of every op; with `--sample N` of N ops.
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import chain
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import numpy as np
from hypothesis import given, settings
from tqdm import tqdm

from ..engine.op import Op, registry
from ..engine.types import Array, Function, Rule
from ..support.source import code_of
from .case import Case
from .check_op import check_gradients, check_reference, composition, flat, gradient_arrays, op_of
from .strategies import UNHURRIED, arguments

Broken = tuple[str, Callable[[], AbstractContextManager[None]]]  # a mutant's name, and what puts it in place
Enters = Callable[[FunctionType, FunctionType], bool]  # whether to break a function, too, that another one calls


class Score(NamedTuple):
    """How many mutants of an op's rules the proof killed, and the names of those that survived."""

    killed: int
    total: int
    survivors: list[str]


def mutation_score(function: Op | Function, examples: int = 25) -> Score:
    """Break each rule of an op in turn and count how many mutants the property test kills.

    Mutants: what a rule returns for one input negated, doubled, zeroed or shifted; two inputs' rules swapped; a term
    of a sum or a factor that is multiplied in place dropped, in the source of a rule and of the functions of its module
    that it calls. The reference of a fused op is broken likewise. A mutant that changes no number on any case is the
    same function, and is not counted.

    >>> import autograd
    >>> mutation_score(autograd.multiply).survivors
    []
    """
    op = op_of(function)
    cases = _collect(op, examples)
    killed, survivors = 0, []
    twice: Function = partial(check_gradients, order=2)
    of_rules = ((*broken, twice, gradient_arrays) for broken in _broken_rules(op))
    of_reference = ((*broken, _check_reference, _composed) for broken in _broken_reference(op, cases))
    for name, broken, check, numbers in chain(of_rules, of_reference):
        if any(_fails(check, case, broken) for case in cases):
            killed += 1
        elif any(_changes(numbers, case, broken) for case in cases):
            survivors.append(name)
    return Score(killed, killed + len(survivors), survivors)


def _collect(op: Op, examples: int) -> list[Case]:
    cases: list[Case] = []

    @settings(UNHURRIED, max_examples=examples, derandomize=True)
    @given(arguments(op))
    def collect(drawn: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
        case = Case(op, *drawn)
        if case.arrays and all(a.size for a in case.arrays):
            cases.append(case)

    collect()
    return sorted(cases, key=lambda case: -sum(a.size for a in case.arrays))  # the telling ones first


def _fails(check: Function, case: Case, broken: Function) -> bool:
    with broken():
        try:
            check(case)
        except Exception:  # a wrong number or a crash: either way the suite is red
            return True
    return False


def _changes(numbers: Callable[[Case], list[Array]], case: Case, broken: Function) -> bool:
    """Whether the mutant gives another number here, by more than rounding."""
    true = numbers(case)
    with broken():
        found = numbers(case)
    size = max(float(np.max(np.abs(a), initial=0.0)) for a in true)
    return not all(np.allclose(a, b, 1e-12, 1e-12 * size, equal_nan=True) for a, b in zip(true, found))


def _check_reference(case: Case) -> None:
    check_reference(case, flat(case.call(*case.arrays)))


def _composed(case: Case) -> list[Array]:
    """The values of the reference and its gradients."""
    stands_for = composition(case.op)
    return [*flat(case.call(*case.arrays, function=stands_for)), *gradient_arrays(case, stands_for)]


# -- what is broken ------------------------------------------------------------------------------------

_results: dict[str, Callable[[Any], Any]] = {
    "negated": lambda c: -c,
    "doubled": lambda c: 2.0 * c,
    "zeroed": lambda c: 0.0 * c,
    "shifted": lambda c: c + 0.1,
}


def _broken_rules(op: Op) -> Iterator[Broken]:
    rules = op.rules or ()
    for i, rule in enumerate(rules):
        for how, change in _results.items() if rule else ():
            assert rule is not None
            broken = (*rules[:i], _after(rule, change), *rules[i + 1 :])
            yield f"{op.inputs[i]} {how}", partial(_replaced, op, "rules", broken)
    if len(rules) == 2 and op.asks[0] and len(op.asks[0]) == len(op.asks[1]):
        yield "rules swapped", partial(_replaced, op, "rules", rules[::-1])
    if op.joint:
        for i, name in {0: "first", -1: "last"}.items() if op.variadic else enumerate(op.inputs):
            for how, change in _results.items():
                yield f"{name} {how}", partial(_replaced, op, "joint", _after(op.joint, change, i))
    yield from _without_terms(op, [op.joint] if op.joint else rules, _is_helper)


def _broken_reference(op: Op, cases: list[Case]) -> Iterator[Broken]:
    if op.reference is None:
        return
    for i in range(max(len(flat(case.call(*case.arrays))) for case in cases)):
        for how, change in _results.items():
            yield f"reference {i} {how}", partial(_replaced, op, "reference", _after(op.reference, change, i))
    yield from _without_terms(op, [op.reference], _is_composite)


def _after(rule: Rule, change: Callable[[Any], Any], part: int | None = None) -> Rule:
    """The rule with another result, or another part of its result if it has several."""

    def changed(*args: Any) -> Any:
        result = rule(*args)
        if part is None or not isinstance(result, (tuple, list)):
            return change(result)
        results = list(result)
        if part < len(results) and results[part] is not None:
            results[part] = change(results[part])
        return tuple(results)

    return changed


@contextmanager
def _replaced(owner: Op | FunctionType, attribute: str, value: object) -> Iterator[None]:
    kept = getattr(owner, attribute)
    try:
        _put(owner, attribute, value)
        yield
    finally:
        _put(owner, attribute, kept)


def _put(owner: Op | FunctionType, attribute: str, value: object) -> None:
    setattr(owner, attribute, value)
    if isinstance(owner, Op):
        owner.renew()


# -- terms of the source -------------------------------------------------------------------------------


def _without_terms(op: Op, rules: Iterable[Rule | None], enters: Enters) -> Iterator[Broken]:
    """The rules, and the functions that only they call and `enters` agrees to, each with one of its terms dropped."""
    forward = _reached([op.forward], enters)  # what it calls, too, is not the rules': broken, it is another op
    for function in _reached(rules, enters):
        tree = None if function in forward else code_of(function)
        for text, mutant in _mutants_of(tree) if tree else ():
            yield f"{function.__name__}: {text}", partial(_replaced, function, "__code__", _compiled(mutant, function))


def _reached(functions: Iterable[Function | None], enters: Enters) -> list[FunctionType]:
    """The functions and those that they call, and so on."""
    found = [inspect.unwrap(f) for f in functions if isinstance(f, FunctionType)]  # a user's rule is guarded
    for function in found:
        for name in dict.fromkeys(_names(function.__code__)):
            called = function.__globals__.get(name)
            if isinstance(called, FunctionType) and called not in found and enters(function, called):
                found.append(called)
    return list(dict.fromkeys(found))


def _names(code: CodeType) -> list[str]:
    """The global names that a function's code uses, with that of the functions in it."""
    inner = (c for c in code.co_consts if isinstance(c, CodeType))
    return [*code.co_names, *chain.from_iterable(map(_names, inner))]


def _is_helper(caller: FunctionType, called: FunctionType) -> bool:
    return called.__globals__ is caller.__globals__ and not hasattr(called, "op")


def _is_composite(caller: FunctionType, called: FunctionType) -> bool:
    """Whether it is written in ops, in whatever room: an op with rules is broken by itself."""
    return called.__module__.startswith("autograd.ops.") and (not hasattr(called, "op") or called.op.composite)


def _mutants_of(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        for replacement in _replacements(node):
            text = f"`{ast.unparse(node)}` became `{ast.unparse(replacement)}`"
            yield text, copy.deepcopy(tree, {id(node): replacement})  # which takes it for the copy of the node


_UFUNCS = {"add", "subtract", "multiply"}


def _replacements(node: ast.AST) -> list[ast.AST]:
    """What may stand in the place of a sum, or of what is added to or multiplied in place: one operand alone."""
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return [node.left, node.right]
        case ast.AugAssign() | ast.Expr(ast.Call(ast.Attribute(attr="copyto"))):
            return [ast.Pass()]
        case ast.Call(ast.Attribute(attr=name), [_, _], [ast.keyword(arg="out")]) if name in _UFUNCS:
            positive = ast.Attribute(ast.Name("np", ast.Load()), "positive", ast.Load())
            return [ast.Call(positive, [operand], node.keywords) for operand in node.args]
    return []


def _compiled(tree: Any, function: FunctionType) -> CodeType:
    """The code of `function` with this syntax tree for its own, closed over the same names."""
    code = function.__code__
    body = [ast.Return(tree.body)] if isinstance(tree, ast.Lambda) else tree.body
    names: list[ast.expr] = [ast.Name(name, ast.Load()) for name in code.co_freevars]
    # what stands behind a return is never run, but all names that it uses are closed over
    inner = ast.FunctionDef("mutant", _bare(tree.args), [*body, ast.Return(ast.Tuple(names, ast.Load()))], [])
    given = ast.arguments([], [ast.arg(name) for name in code.co_freevars], None, [], [], None, [])
    outer = ast.FunctionDef("closure", given, [inner, ast.Return(ast.Name("mutant", ast.Load()))], [])
    scope: dict[str, Any] = {}
    module = ast.fix_missing_locations(ast.Module([outer], []))
    exec(compile(module, "<mutant>", "exec"), function.__globals__, scope)
    made: FunctionType = scope["closure"](*code.co_freevars)
    return made.__code__


def _bare(arguments: ast.arguments) -> ast.arguments:
    """Arguments without annotations and defaults: the function keeps its own."""
    args = [ast.arg(a.arg) for a in arguments.args]
    return ast.arguments([], args, arguments.vararg, [], [], None, [])


# -- the command ---------------------------------------------------------------------------------------


def _score(name: str) -> tuple[str, Score]:
    return name, mutation_score(registry[name])


def main(arguments: list[str]) -> int:
    """Score the registry; return 1 if a mutant survived."""
    import autograd  # noqa: F401  fills the registry

    names = [op.name for op in registry.values() if op.differentiable and not op.composite]
    if "--sample" in arguments:
        count = int(arguments[arguments.index("--sample") + 1])
        names = names[:: max(len(names) // count, 1)]
    killed = total = 0
    survived: list[str] = []
    with ProcessPoolExecutor() as pool:
        scores = pool.map(_score, names)
        for name, score in tqdm(scores, "mutants", len(names), unit="op", disable=not sys.stderr.isatty()):
            killed, total = killed + score.killed, total + score.total
            survived += [f"{name}: {mutant}" for mutant in score.survivors]
    print(f"{killed} of {total} mutants of {len(names)} ops killed")
    for line in survived:
        print("survived:", line)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
