// What meets in one element of a result: the pairs that a matrix product or a convolution multiplies, and a bias. The step
// in numbers, where there are few.

// The place of an element from its indices; leading axes broadcast.
function flatAt(shape, at) {
  return shape.reduce((place, n, axis) => place * n + (n === 1 ? 0 : at[at.length - shape.length + axis]), 0);
}

// Of each operation: the pairs of elements of its first two inputs that are multiplied, for element i of the result.
const MEETS = {
  linear([x, weight], y, i) {
    const size = x.at(-1), row = Math.floor(i / weight[0]), column = i % weight[0];
    return { pairs: Array.from({ length: size }, (_, k) => [row * size + k, column * size + k]), bias: column };
  },
  matmul([a, b], y, i) {
    const at = indices(i, y), column = b.length > 1 ? at.pop() : 0, line = a.length > 1 ? at.pop() : 0;
    const [left, right] = [a.length > 1 ? a : [1, ...a], b.length > 1 ? b : [...b, 1]];
    return { pairs: Array.from({ length: a.at(-1) }, (_, k) => [flatAt(left, [...at, line, k]), flatAt(right, [...at, k, column])]) };
  },
  convolution([x, weight], y, i, { stride, dilation, padding, groups }) {
    const [n, o, ...position] = indices(i, y), own = weight[1], first = Math.floor(o / (y[1] / groups)) * own, pairs = [];
    for (let k = 0; k < product(weight.slice(1)); k++) {
      const [c, ...kernel] = indices(k, weight.slice(1));
      const there = position.map((p, axis) => p * stride[axis] + kernel[axis] * dilation[axis] - padding[axis]);
      if (there.every((p, axis) => p >= 0 && p < x[2 + axis])) pairs.push([flatAt(x, [n, first + c, ...there]), flatAt(weight, [o, c, ...kernel])]);
    }
    return { pairs, bias: o };
  },
};

const MOST_TERMS = 6;

// Points at the products behind an element of y, in the views of the inputs and in words.
function meeting(op, given, [y]) {
  const of = (sight) => views.find((view) => view.sight === sight), [a, b, bias] = given, view = of(y);
  if (!MEETS[op.name] || !view || !a?.array || !b?.array) return [];
  const words = html("code"), line = row("this element", words);
  const exact = (sight, i) => bracketed(word(sight.array[i]));
  line.classList.add("meeting");
  view.follow = (i) => {
    const met = MEETS[op.name]([a.shape, b.shape], y.shape, i, op.windows), { pairs } = met;
    const terms = pairs.slice(0, MOST_TERMS).map(([p, q]) => `${exact(a, p)} × ${exact(b, q)}`);
    if (pairs.length > MOST_TERMS) terms.push(`… ${pairs.length - MOST_TERMS} more products`);
    if (bias?.array) terms.push(exact(bias, met.bias));
    words.textContent = `${terms.join(" + ") || 0} = ${short(word(y.array[i]))}`;
    [[a, pairs.map(([p]) => p)], [b, pairs.map(([, q]) => q)], [bias, [met.bias]]].forEach(([sight, lit]) => {
      const other = sight && of(sight);
      if (!other || !lit.length) return;
      Object.assign(other, { lit: new Set(lit) });
      other.at = lit.includes(other.at) ? other.at : lit[0];
      refresh(other);
    });
  };
  const { shown, h, w } = view.tiles, among = y.array.subarray(0, shown * h * w);
  view.follow(view.at);
  pointAt(view, among.reduce((best, x, i) => (Math.abs(x) > Math.abs(among[best]) ? i : best), 0)); // the largest, to begin with
  return [line];
}

// The operation with the numbers that it is given: of up to four elements each.
const SYMBOL = /^[^\w\s[]{1,2}$/;
function worked(op, given, made) {
  const few = [...given, ...made];
  if (!given.length || few.some((sight) => !sight || sight.all === undefined)) return "";
  const text = (sight) => (isScalar(sight) ? bracketed(sight.all) : listed(sight.all)), parts = given.map(text);
  const call = SYMBOL.test(op.label) && parts.length === 2 ? parts.join(` ${op.label} `)
    : `${op.name}(${given.map((sight) => listed(sight.all)).join(", ")}${op.params ? `, ${op.params}` : ""})`;
  return `${call} = ${made.map((sight) => listed(sight.all)).join(", ")}`;
}
