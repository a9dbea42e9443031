"""A Python expression as LaTeX, for the formulas of the reference."""

import ast

LETTERS = {"alpha", "beta", "pi", "lambda"}
FUNCTIONS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "log", "max", "min"}
TIMES = r"\times"
SIGNS: dict[type, str] = {
    ast.Lt: "<", ast.LtE: r"\le", ast.Gt: ">", ast.GtE: r"\ge", ast.Eq: "=", ast.NotEq: r"\ne",
    ast.Add: "+", ast.Sub: "-", ast.Mult: TIMES, ast.MatMult: r"\,",
}  # fmt: skip
# how tightly each holds together: what is looser than its place asks for is put in brackets
TIGHT: dict[type, int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 4, ast.MatMult: 2, ast.USub: 1, ast.UAdd: 1}


def latex(text: str) -> str | None:
    r"""The expression as LaTeX; None where it is none, or has more in it than a formula.

    >>> latex("g * (1 - y**2)")
    'g \\, \\left(1 - {y}^{2}\\right)'
    >>> latex("g, summed over the steps")
    """
    try:
        said = _written(ast.parse(text, mode="eval").body, 0)
    except (SyntaxError, NotImplementedError):
        return None
    return said.replace(TIMES, r"\odot" if "@" in text else r"\,")  # beside products of matrices it needs a sign


def _written(node: ast.expr, place: int) -> str:
    """The LaTeX of a part, in brackets where it would fall apart in its place."""
    said, tight = _part(node)
    if tight >= place:
        return said
    return rf"\left[{said}\right]" if isinstance(node, ast.Compare) else rf"\left({said}\right)"


def _part(node: ast.expr) -> tuple[str, int]:
    match node:
        case ast.Constant(value=int() | float()):
            return repr(node.value), 5
        case ast.Name(id=name):
            return _name(name), 5
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
            return ("-" if isinstance(op, ast.USub) else "+") + _written(operand, 2), 1
        case ast.BinOp(
            left=ast.UnaryOp(op=ast.USub(), operand=left), op=ast.Mult() | ast.MatMult() | ast.Div() as op, right=right
        ):
            return "-" + _written(ast.BinOp(left, op, right), 2), 1
        case ast.BinOp(left=over, op=ast.Div(), right=under):
            return rf"\frac{{{_written(over, 0)}}}{{{_written(under, 0)}}}", 4
        case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
            return f"{{{_written(base, 5)}}}^{{{_written(exponent, 0)}}}", 4
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
            tight = TIGHT[type(op)]
            numbers = isinstance(op, ast.Mult) and isinstance(right, ast.Constant)
            sign = r"\cdot" if numbers else SIGNS[type(op)]
            return f"{_written(left, tight)} {sign} {_written(right, tight + (tight == 1 or tight == 2))}", tight
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in SIGNS:
            return f"{_written(left, 1)} {SIGNS[type(op)]} {_written(right, 1)}", 0
        case ast.Attribute(value=value, attr="T" | "mT"):
            return rf"{{{_written(value, 5)}}}^{{\top}}", 4
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, args)
    raise NotImplementedError(ast.dump(node))


def _name(name: str) -> str:
    if name in LETTERS:
        return rf"\{name}"
    return name if len(name) == 1 else rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"


def _call(name: str, args: list[ast.expr]) -> tuple[str, int]:
    first = _written(args[0], 0) if args else ""
    match name, len(args):
        case "exp", 1:
            return f"e^{{{first}}}", 4
        case "sqrt", 1:
            return rf"\sqrt{{{first}}}", 5
        case "cbrt", 1:
            return rf"\sqrt[3]{{{first}}}", 5
        case "abs" | "absolute", 1:
            return rf"\left|{first}\right|", 5
        case "floor", 1:
            return rf"\lfloor {first} \rfloor", 5
        case "ceil", 1:
            return rf"\lceil {first} \rceil", 5
        case "gamma", 1:
            return rf"\Gamma\left({first}\right)", 5
        case "where", 3:
            yes, no = _written(args[1], 0), _written(args[2], 0)
            return rf"\begin{{cases}} {yes} & {first} \\ {no} & \text{{else}} \end{{cases}}", 3
    said = rf"\{name}" if name in FUNCTIONS else rf"\operatorname{{{name.replace('_', chr(92) + '_')}}}"
    return rf"{said}\left({', '.join(_written(a, 0) for a in args)}\right)", 5
