"""Hand-made data for the player's page, small enough to check by eye, and the file that holds it."""

from typing import Any

from autograd.support.pages import page
from autograd.viz.player import PARTS, SCRIPTS


def fill(data: dict[str, Any]) -> str:
    return page(PARTS, "player", data["title"], data, SCRIPTS)


class Sights(list[dict[str, Any]]):
    def scalar(self, value: float | str) -> int:
        self.append({"shape": [], "dtype": "float32", "all": value})
        return len(self) - 1

    def array(self, value: float | str, shape: tuple[int, int] = (6, 5)) -> int:
        """An array that holds `value` everywhere."""
        rows, columns = shape
        sick = isinstance(value, str)
        letter = "!" if value == "nan" else "m" if value == 0 else "y"
        norm = value if isinstance(value, str) else abs(value) * (rows * columns) ** 0.5
        sight = {"shape": [rows, columns], "dtype": "float32", "min": value, "mean": value, "max": value, "norm": norm}
        sight |= {"nan": rows * columns if sick else 0, "inf": 0, "corner": [[value] * min(4, columns)] * min(4, rows)}
        sight |= {"heat": [letter * columns] * rows, "top": 0 if isinstance(value, str) else abs(value)}
        self.append(sight)
        return len(self) - 1


def tensor(name: str, kind: str, shape: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"name": name, "kind": kind, "shape": list(shape), "dtype": "float32"}


def op(label: str, name: str, inputs: dict[str, int], output: int, module: str = "", line: str = "") -> dict[str, Any]:
    named = [{"tensor": t, "name": n} for n, t in inputs.items()]
    about = {"label": label, "name": name, "params": "", "module": module, "line": line}
    return about | {"inputs": named, "outputs": [output]}


def node(kind: str, index: int, x: float, y: float) -> dict[str, Any]:
    w, h = (136, 66) if kind == "tensor" else (62, 36)
    return {"kind": kind, kind: index, "x": x, "y": y, "w": w, "h": h}


def edge(nodes: list[dict[str, Any]], a: int, b: int, label: str = "") -> dict[str, Any]:
    (x0, y0), (x1, y1) = ((nodes[i]["x"], nodes[i]["y"]) for i in (a, b))
    y0, y1 = y0 + nodes[a]["h"] / 2, y1 - nodes[b]["h"] / 2
    path = f"M{x0},{y0}C{x0},{y0} {x1},{y1} {x1},{y1}"
    return {"path": path, "from": a, "to": b, "label": label, "lx": (x0 + x1) / 2, "ly": (y0 + y1) / 2, "loop": False}


def use(i: int, t: int, formula: str, local: int | None, term: int, after: int, **more: Any) -> dict[str, Any]:
    plain = {"numbers": "", "note": "", "before": None}
    return plain | {"input": i, "tensor": t, "formula": formula, "local": local, "term": term, "after": after} | more


def small() -> dict[str, Any]:
    """loss = x * y + x at x = 2, y = -3 and, in a second frame, x = 5; by hand: dx = y + 1, dy = x. Two levels."""
    sights = Sights()
    s = sights.scalar
    frames = []
    for label, x, y in (("epoch 1", 2, -3), ("epoch 2", 5, -3)):
        add = {"op": 1, "upstream": [s(1)]}
        add["uses"] = [use(0, 2, "g", s(1), s(1), s(1), numbers="1"), use(1, 0, "g", s(1), s(1), s(1), numbers="1")]
        again = use(0, 0, "g * b", s(y), s(y), s(y + 1), before=s(1), numbers=f"1 * {y}")
        multiply = {"op": 0, "upstream": [s(1)]}
        multiply["uses"] = [again, use(1, 1, "g * a", s(x), s(x), s(x), numbers=f"1 * {x}")]
        values = [s(x), s(y), s(x * y), s(x * y + x)]
        frames.append({"label": label, "values": values, "seeds": [[3, s(1)]], "steps": [add, multiply]})
    nodes = [
        node("tensor", 0, 80, 50),
        node("tensor", 1, 280, 50),
        node("op", 0, 180, 150),
        node("tensor", 2, 180, 240),
    ]
    nodes += [node("op", 1, 120, 340), node("tensor", 3, 120, 430)]
    pairs = ((0, 2, "a"), (1, 2, "b"), (2, 3, ""), (3, 4, "a"), (0, 4, "b"), (4, 5, ""))
    group = {"kind": "group", "ops": [0, 1], "label": "Formula", "sub": "2 operations", "x": 180, "y": 180}
    few = [
        node("tensor", 0, 80, 50),
        node("tensor", 1, 280, 50),
        group | {"w": 160, "h": 60},
        node("tensor", 3, 180, 300),
    ]
    whole = {
        "name": "every operation",
        "width": 360,
        "height": 480,
        "nodes": nodes,
        "where": [2, 4],
        "whose": [0, 1, 3, 5],
    }
    whole |= {"edges": [edge(nodes, *pair) for pair in pairs]}
    whole |= {"clusters": [{"label": "Formula", "x": 70, "y": 110, "w": 220, "h": 260}]}
    folded = {
        "name": "modules, 1 deep",
        "width": 360,
        "height": 350,
        "nodes": few,
        "where": [2, 2],
        "whose": [0, 1, -1, 3],
    }
    folded |= {"clusters": [], "edges": [edge(few, *pair) for pair in ((0, 2), (1, 2), (2, 3))]}
    return {
        "explodes": 1000,
        "title": "loss = x * y + x",
        "sights": sights,
        "tensors": [tensor("x", "parameter"), tensor("y", "input"), tensor("", "result"), tensor("loss", "output")],
        "ops": [
            op("×", "multiply", {"a": 0, "b": 1}, 2, "Formula", "lesson.py:4: p = x * y"),
            op("+", "add", {"a": 2, "b": 0}, 3, "Formula"),
        ],
        "levels": [whole, folded],
        "frames": frames,
    }


def arrays(gradient: float | str = 0.5) -> dict[str, Any]:
    """loss = sum(weight * c), all elements alike; `gradient` is what arrives at the weight."""
    sights = Sights()
    s, a = sights.scalar, sights.array
    total = {"op": 1, "upstream": [s(1)]}
    total["uses"] = [use(0, 2, "broadcast(g)", None, a(1), a(1), note="every element counts once")]
    scale = {"op": 0, "upstream": [a(1)]}
    scale["uses"] = [use(0, 0, "g * b", a(gradient), a(gradient), a(gradient))]
    frame = {"label": "", "values": [a(2), a(gradient), a(1), s(30)], "seeds": [[3, s(1)]], "steps": [total, scale]}
    nodes = [
        node("tensor", 0, 80, 50),
        node("tensor", 1, 280, 50),
        node("op", 0, 180, 150),
        node("tensor", 2, 180, 240),
    ]
    nodes += [node("op", 1, 180, 340), node("tensor", 3, 180, 430)]
    pairs = ((0, 2, "a"), (1, 2, "b"), (2, 3, ""), (3, 4, ""), (4, 5, ""))
    level = {"name": "every operation", "width": 360, "height": 480, "clusters": [], "nodes": nodes}
    level |= {"edges": [edge(nodes, *pair) for pair in pairs], "where": [2, 4], "whose": [0, 1, 3, 5]}
    shape = (6, 5)
    tensors = [tensor("layer.weight", "parameter", shape), tensor("c", "constant", shape), tensor("", "result", shape)]
    ops = [op("×", "multiply", {"a": 0, "b": 1}, 2), op("sum", "sum", {"x": 2}, 3)]
    made = {
        "explodes": 1000,
        "title": "sum of a product",
        "sights": sights,
        "tensors": [*tensors, tensor("loss", "output")],
    }
    return made | {"ops": ops, "levels": [level], "frames": [frame]}


def fold() -> dict[str, Any]:
    """h = h * w, three times from x = 2 with w = 3, 4, 5, drawn once; loss = h + 0. x needs no gradient."""
    sights = Sights()
    s = sights.scalar
    weights, hidden = [3, 4, 5], [2, 6, 24, 120]
    tensors = [tensor("x", "input")]
    for r in (1, 2, 3):  # weight 1, 3, 5, result 2, 4, 6
        tensors += [tensor(f"w{r}", "parameter"), tensor(f"h{r}", "result")]
    tensors.append(tensor("loss", "output"))
    ops = [op("×", "multiply", {"left": 2 * r, "right": 2 * r + 1}, 2 * r + 2, f"blocks.{r}") for r in range(3)]
    ops.append(op("+", "add", {"left": 6}, 7))
    steps: list[dict[str, Any]] = [{"op": 3, "upstream": [s(1)], "uses": [use(0, 6, "g", s(1), s(1), s(1))]}]
    g = 1
    for r in (2, 1, 0):
        dw, dh = g * hidden[r], g * weights[r]
        uses = [use(0, 2 * r, "g * right", s(weights[r]), s(dh), s(dh))] if r else []
        uses.append(use(1, 2 * r + 1, "g * left", s(hidden[r]), s(dw), s(dw)))
        steps.append({"op": r, "upstream": [s(g)], "uses": uses})
        g = dh
    values = [s(2)] + [s(v) for w, h in zip(weights, hidden[1:], strict=True) for v in (w, h)] + [s(120)]
    folded = {"fold": 0}
    nodes = [
        node("tensor", 0, 100, 50),
        node("tensor", 1, 300, 130) | folded | {"tensors": [1, 3, 5]},
        node("op", 0, 180, 230) | folded | {"ops": [0, 1, 2]},
        node("tensor", 2, 180, 330) | folded | {"tensors": [2, 4, 6]},
        node("op", 3, 180, 440),
        node("tensor", 7, 180, 530),
    ]
    edges = [edge(nodes, *pair) for pair in ((0, 2, "left"), (1, 2, "right"), (2, 3), (3, 2, "left"), (3, 4), (4, 5))]
    edges[3] |= {"loop": True, "path": "M112,330C50,330 50,230 149,230", "lx": 60, "ly": 280}
    frame = {"x": 30, "y": 85, "w": 350, "h": 290, "label": "blocks.0 … blocks.2: Block × 3, the first is drawn"}
    level = {"name": "repeats once", "width": 400, "height": 580, "clusters": [frame], "nodes": nodes, "edges": edges}
    level |= {"where": [2, 2, 2, 4], "whose": [0, 1, 3, 1, 3, 1, 3, 5]}
    data = {"explodes": 1000, "title": "three blocks", "sights": sights, "tensors": tensors, "ops": ops}
    return data | {"levels": [level], "frames": [{"label": "", "values": values, "seeds": [[7, s(1)]], "steps": steps}]}


def chain(length: int) -> dict[str, Any]:
    """x doubled `length` times, each result with a 6 x 5 array to show."""
    sights = Sights()
    ones = sights.array(1)
    kinds = ["parameter"] + ["result"] * (length - 1) + ["output"]
    tensors = [tensor(f"t{i}", kind, (6, 5)) for i, kind in enumerate(kinds)]
    ops = [op("2x", "double", {"x": i}, i + 1) for i in range(length)]
    steps = [
        {"op": i, "upstream": [ones], "uses": [use(0, i, "g * 2", ones, ones, sights.array(1))]}
        for i in reversed(range(length))
    ]
    nodes = [node("tensor", i, 100, 50 + 160 * i) for i in range(length + 1)]
    nodes += [node("op", i, 100, 130 + 160 * i) for i in range(length)]
    first = length + 1
    edges = [edge(nodes, i, first + i, "x") for i in range(length)] + [
        edge(nodes, first + i, i + 1) for i in range(length)
    ]
    level = {"name": "every operation", "width": 200, "height": 160 * length + 100, "clusters": [], "nodes": nodes}
    level |= {"edges": edges, "where": list(range(first, first + length)), "whose": list(range(length + 1))}
    frame = {"label": "", "values": [ones] * (length + 1), "seeds": [[length, ones]], "steps": steps}
    made = {
        "explodes": 1000,
        "title": "a long chain",
        "sights": sights,
        "tensors": tensors,
        "ops": ops,
    }
    return made | {"levels": [level], "frames": [frame]}
