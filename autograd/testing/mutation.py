"""Mutants: break every rule on purpose, and demand that the proof turns red.

`python -m autograd.testing.mutation` breaks every rule of every op; with `--sample N` of N of them.
"""

from __future__ import annotations

import ast
import copy
import inspect
import linecache
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, given, settings
from tqdm import tqdm

from ..engine.op import Op, registry
from .check_op import Case, check_gradients
from .strategies import arguments

Rule = Callable[..., Any]


class Score(NamedTuple):
    """How many mutants of a rule the proof killed, and the names of those that survived."""

    killed: int
    total: int
    survivors: list[str]


def mutation_score(function: Any, examples: int = 25) -> Score:
    """Break each rule of an op in turn and count how many mutants the property test kills.

    Mutants: the result negated, doubled, zeroed or shifted; two inputs' rules swapped; a term dropped from a sum
    in the rule's source. A mutant that changes no number on any case is the same function, and is not counted.

    >>> import autograd
    >>> mutation_score(autograd.multiply).survivors
    []
    """
    op: Op = function if isinstance(function, Op) else function.op
    cases = _collect(op, examples)
    killed, survivors = 0, []
    for name, rules, joint in _mutants(op):
        verdict = _verdict(op, rules, joint, cases)
        killed += verdict == "killed"
        if verdict == "survived":
            survivors.append(name)
    return Score(killed, killed + len(survivors), survivors)


def _collect(op: Op, examples: int) -> list[Case]:
    cases: list[Case] = []

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(arguments(op))
    def collect(drawn: Any) -> None:
        case = Case(op, *drawn)
        if case.arrays and all(a.size for a in case.arrays):
            cases.append(case)

    collect()
    return sorted(cases, key=lambda case: -sum(a.size for a in case.arrays))  # the telling ones first


@contextmanager
def _replaced(op: Op, rules: Any, joint: Any) -> Iterator[None]:
    kept = op.rules, op.joint
    op.rules, op.joint = rules, joint
    try:
        yield
    finally:
        op.rules, op.joint = kept


def _verdict(op: Op, rules: Any, joint: Any, cases: list[Case]) -> str:
    """Run the mutant over the cases: "killed", "survived", or "same" where it never returned another number."""
    changed = [False]
    with _replaced(op, _watched(op, rules, changed), joint):
        for case in cases:
            try:
                check_gradients(case)
            except Exception:  # a wrong number or a crash: either way the suite is red
                return "killed"
    return "survived" if changed[0] or joint is not None else "same"


def _watched(op: Op, rules: Any, changed: list[bool]) -> Any:
    """The mutant's rules, noting whether they ever return what the true rule does not."""
    if rules is None:
        return None

    def watch(true: Rule | None, mutant: Rule | None) -> Rule | None:
        assert true is not None  # only what has a rule has mutants
        assert mutant is not None

        def rule(g: Any, *args: Any) -> Any:
            result, expected = mutant(g, *args), true(g, *args)
            a, b = (np.asarray(r.data if hasattr(r, "requires_grad") else r) for r in (result, expected))
            changed[0] = changed[0] or a.shape != b.shape or not np.array_equal(a, b, equal_nan=True)
            return result

        return rule

    return tuple(true if mutant is true else watch(true, mutant) for true, mutant in zip(op.rules or (), rules))


_results: dict[str, Callable[[Any], Any]] = {
    "negated": lambda c: -c,
    "doubled": lambda c: 2.0 * c,
    "zeroed": lambda c: 0.0 * c,
    "shifted": lambda c: c + 0.1,
}


def _mutants(op: Op) -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, rules, joint) for each mutant."""
    if op.joint is not None:
        for name, change in _results.items():
            yield f"all inputs {name}", None, _after_joint(op.joint, change)
        for name, mutant in _term_mutants(op.joint):
            yield name, None, mutant
    rules = op.rules or ()
    for i, rule in enumerate(rules):
        if rule is None:
            continue
        broken = [(f"{op.inputs[i]} {name}", _after(rule, change)) for name, change in _results.items()]
        broken += [(f"{op.inputs[i]}: {name}", mutant) for name, mutant in _term_mutants(rule)]
        for name, mutant in broken:
            yield name, (*rules[:i], mutant, *rules[i + 1 :]), None
    if len(rules) == 2 and op.asks[0] and len(op.asks[0]) == len(op.asks[1]):
        yield "rules swapped", (rules[1], rules[0]), None


def _after(rule: Rule, change: Callable[[Any], Any]) -> Rule:
    return lambda g, *args: change(rule(g, *args))


def _after_joint(joint: Rule, change: Callable[[Any], Any]) -> Rule:
    return lambda g, *args: [None if c is None else change(c) for c in joint(g, *args)]


def _term_mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule with one term of one sum or difference dropped, for each in its source."""
    tree = _source(rule)
    if tree is None:
        return
    sums = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Add, ast.Sub))]
    for number, node in enumerate(sums):
        for side in ("left", "right"):
            mutant = copy.deepcopy(tree)
            target = [n for n in ast.walk(mutant) if isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Add, ast.Sub))][
                number
            ]
            kept = getattr(target, side)
            text = f"`{ast.unparse(node)}` became `{ast.unparse(kept)}`"
            # x + 0.0 * (dropped) keeps the shape, so that only the missing term can be noticed
            replacement = _Replace(target, kept).visit(mutant)
            function = _compile(replacement, rule)
            if function is not None:
                yield text, function


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else super().visit(node)


def _source(rule: Rule) -> ast.AST | None:
    """The rule's lambda or function in its file's or notebook cell's syntax tree, or None where there is no source."""
    rule = inspect.unwrap(rule)  # a user's rule is guarded
    code = rule.__code__
    # by file, not by module: the cells of a notebook are many sources in one module that has no file
    module = ast.parse("".join(linecache.getlines(code.co_filename, rule.__globals__)))
    names = list(code.co_varnames[: code.co_argcount])
    for node in ast.walk(module):
        if not isinstance(node, (ast.Lambda, ast.FunctionDef)) or [a.arg for a in node.args.args] != names:
            continue
        # a lambda's code starts at its own line; several on one line are told apart by column
        columns = {p[2] for p in code.co_positions() if p[2] is not None}
        if node.lineno == code.co_firstlineno and (
            isinstance(node, ast.FunctionDef) or node.body.col_offset in columns or not columns
        ):
            return node
    return None


def _compile(node: Any, rule: Rule) -> Rule | None:
    rule = inspect.unwrap(rule)
    if isinstance(node, ast.Lambda):
        tree: Any = ast.Expression(node)
        ast.fix_missing_locations(tree)
        return eval(compile(tree, "<mutant>", "eval"), rule.__globals__)  # type: ignore[no-any-return]
    tree = ast.Module([node], [])
    ast.fix_missing_locations(tree)
    names: dict[str, Any] = {}
    exec(compile(tree, "<mutant>", "exec"), rule.__globals__, names)
    return names[node.name]  # type: ignore[no-any-return]


def main(arguments: list[str]) -> int:
    """Score the registry; return 1 if a mutant survived."""
    import autograd  # noqa: F401  fills the registry

    ops = [op for op in registry.values() if op.differentiable and not op.composite]
    if "--sample" in arguments:
        count = int(arguments[arguments.index("--sample") + 1])
        ops = ops[:: max(len(ops) // count, 1)]
    killed = total = 0
    survived = []
    for op in tqdm(ops, desc="mutants", unit="op", disable=not sys.stderr.isatty()):
        score = mutation_score(op)
        killed, total = killed + score.killed, total + score.total
        survived += [f"{op.name}: {name}" for name in score.survivors]
    print(f"{killed} of {total} mutants of {len(ops)} ops killed")
    for name in survived:
        print("survived:", name)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
