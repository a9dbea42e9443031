// What meets in one element: of a result what it is made of, of a contribution to a gradient what it is the sum of. In
// matrix products, einsum and convolutions these are products; in pooling a window. The step in numbers, where there are few.

const MOST_MET = 20_000; // of an element: more are too many to light up

// The place of an element from its index by label; an axis of length 1 is broadcast.
const placeOf = (labels, shape, at) => labels.reduce((place, label, axis) => place * shape[axis] + (shape[axis] === 1 ? 0 : at[label]), 0);

// Of a contraction, each operand with its labels and the result last: what meets in element i of the one called `aim`.
function contracted(equation, shapes, aim, i) {
  const length = {}, at = {};
  equation.forEach((labels, n) => labels.forEach((label, axis) => (length[label] = Math.max(length[label] ?? 1, shapes[n][axis]))));
  const fixed = equation[aim].map((label, axis) => [label, indices(i, shapes[aim])[axis], shapes[aim][axis] === length[label]]);
  for (const [label, index, whole] of fixed) {
    if (whole && at[label] !== undefined && at[label] !== index) return []; // off the diagonal
    if (whole) at[label] = index;
  }
  const free = Object.keys(length).filter((label) => at[label] === undefined), lengths = free.map((label) => length[label]);
  return Array.from({ length: Math.min(MOST_MET, product(lengths)) }, (_, k) => {
    indices(k, lengths).forEach((index, n) => (at[free[n]] = index));
    return equation.flatMap((labels, n) => (n === aim ? [] : [[n, placeOf(labels, shapes[n], at)]]));
  });
}

const leading = (count) => Array.from({ length: Math.max(0, count) }, (_, n) => `n${n - count}`); // aligned at the right
const EQUATIONS = {
  linear: ({ length }) => [[...leading(length - 1), "k"], ["o", "k"], [...leading(length - 1), "o"]],
  matmul: ({ length: a }, { length: b }) => {
    const [i, j] = [a > 1 ? ["i"] : [], b > 1 ? ["j"] : []];
    return [[...leading(a - 2), ...i, "k"], [...leading(b - 2), "k", ...j], [...leading(Math.max(a, b) - 2), ...i, ...j]];
  },
};

// Where a window reads along all axes, as places of x by those of y and of the window, or the other way round.
function windowed({ stride, dilation, padding, kernel }, x, y) {
  const cells = (shape) => Array.from({ length: product(shape) }, (_, k) => indices(k, shape)), taps = cells(kernel);
  const reads = (p, k) => p.map((at, axis) => at * stride[axis] + k[axis] * dilation[axis] - padding[axis]);
  const from = (s, k) => s.map((at, axis) => (at + padding[axis] - k[axis] * dilation[axis]) / stride[axis]);
  const inside = (at, shape) => at.every((n, axis) => Number.isInteger(n) && n >= 0 && n < shape[axis]);
  return {
    of: (p) => taps.map((k) => [reads(p, k), k]).filter(([s]) => inside(s, x)),
    having: (s) => taps.map((k) => [from(s, k), k]).filter(([p]) => inside(p, y)),
    through: (k) => cells(y).map((p) => [reads(p, k), p]).filter(([s]) => inside(s, x)),
  };
}
const spot = (shape, index) => index.reduce((place, n, axis) => place * shape[axis] + n, 0);

function convolved({ windows }, shapes, aim, i) {
  const [x, weight, y] = shapes, own = weight[1], each = y[1] / windows.groups, first = (o) => Math.floor(o / each) * own;
  const window = windowed({ ...windows, kernel: weight.slice(2) }, x.slice(2), y.slice(2)), [n, c, ...place] = indices(i, shapes[aim]);
  const within = (count) => Array.from({ length: count }, (_, k) => k);
  if (aim === 2) return within(own).flatMap((k) => window.of(place).map(([s, tap]) => [[0, spot(x, [n, first(c) + k, ...s])], [1, spot(weight, [c, k, ...tap])]]));
  if (aim === 1) return within(x[0]).flatMap((m) => window.through(place).map(([s, p]) => [[0, spot(x, [m, first(n) + c, ...s])], [2, spot(y, [m, n, ...p])]]));
  const group = Math.floor(c / own);
  return within(each).flatMap((k) => window.having(place).map(([p, tap]) => (
    [[1, spot(weight, [group * each + k, c % own, ...tap])], [2, spot(y, [n, group * each + k, ...p])]]
  )));
}

// Of a pooling the elements in the window of one of y, or those of y whose window has one of x.
function pooled({ windows }, [x, y], aim, i) {
  const axes = windows.kernel.length, window = windowed(windows, x.slice(-axes), y.slice(-axes)), index = indices(i, [x, y][aim]);
  const lead = index.slice(0, -axes), place = index.slice(-axes);
  return aim ? window.of(place).map(([s]) => [[0, spot(x, [...lead, ...s])]]) : window.having(place).map(([p]) => [[1, spot(y, [...lead, ...p])]]);
}

// What is summed in element i of operand `aim`, of which y, or the gradient that came to it, is the last: each a product.
function met(op, sights, aim, i) {
  const shapes = sights.map(({ shape }) => shape), last = sights.length - 1, bias = op.inputs[aim]?.name === "bias";
  const equation = op.equation?.split(/,|->/).map((labels) => [...labels]) ?? EQUATIONS[op.name]?.(...shapes);
  if (/^(linear|convolution)$/.test(op.name) && aim !== last && bias) {
    const axis = op.name === "linear" ? shapes[last].length - 1 : 1, labels = shapes[last].map((_, n) => (n === axis ? "o" : `n${n}`));
    return contracted([["o"], labels], [shapes[aim], shapes[last]], 0, i).map(([[, place]]) => [[last, place]]);
  }
  const three = [0, 1, last], to = three.indexOf(aim), renumbered = (terms) => terms.map((term) => term.map(([n, place]) => [three[n], place]));
  if (op.name === "convolution" && op.windows) return renumbered(convolved(op, three.map((n) => shapes[n]), to, i));
  if (op.name === "linear") return renumbered(contracted(equation, three.map((n) => shapes[n]), to, i));
  if (equation) return contracted(equation, shapes, aim, i);
  return /^(max|avg)_pool$/.test(op.name) && op.windows ? pooled(op, shapes, aim, i) : null;
}

const MOST_TERMS = 6;
const few = (words, what) => (words.length > MOST_TERMS ? [...words.slice(0, MOST_TERMS), `… ${words.length - MOST_TERMS} more ${what}`] : words);

// In words, and what of it lights up; of a maximum the element that was taken stands out.
function told(op, sights, aim, i, terms, total) {
  const last = sights.length - 1, exact = ([n, place]) => bracketed(word(sights[n].array[place])), equals = ` = ${short(word(total))}`;
  if (op.name === "max_pool") {
    const taken = (window) => window.reduce((best, [[, p]]) => (best === null || sights[0].array[p] > sights[0].array[best] ? p : best), null);
    if (aim === last) return { words: `max(${few(terms.map(([x]) => exact(x)), "elements").join(", ")})${equals}`, terms, first: taken(terms) };
    const mine = terms.filter(([[, p]]) => taken(met(op, sights, last, p)) === i);
    return mine.length ? { words: `the greatest of its window: ${few(mine.map(([g]) => exact(g)), "gradients").join(" + ")}${equals}`, terms: mine } : { words: "not the greatest of a window: 0", terms: [] };
  }
  if (op.name === "avg_pool") {
    const parts = terms.map(([x]) => (aim === last ? exact(x) : `${exact(x)} / ${divisor(op, sights, x[1])}`)), sum = few(parts, "elements").join(" + ") || 0;
    return { words: aim === last ? `(${sum}) / ${divisor(op, sights, i)}${equals}` : `${sum}${equals}`, terms };
  }
  const bias = aim === last && /^(linear|convolution)$/.test(op.name) && sights.length > 3 && [2, op.name === "linear" ? i % sights[2].array.length : indices(i, sights[last].shape)[1]];
  const parts = few(terms.map((term) => (aim === last ? term : term.toReversed()).map(exact).join(" × ")), // g comes first
    terms[0]?.length > 1 ? "products" : "terms");
  return { words: `${[...parts, ...(bias ? [exact(bias)] : [])].join(" + ") || 0}${equals}`, terms: bias ? [...terms, [bias]] : terms };
}

// By what an average divides the sum of the window of element i of y.
function divisor({ windows: { kernel, stride, padding, include, divisor } }, [x, y], i) {
  const at = indices(i, y.shape).slice(-kernel.length), lengths = x.shape.slice(-kernel.length), margin = padding.map((p) => (include ? p : 0));
  return divisor ?? product(kernel.map((k, axis) => {
    const start = at[axis] * stride[axis] - padding[axis];
    return Math.min(start + k, lengths[axis] + margin[axis]) - Math.max(start, -margin[axis]);
  }));
}

// Points at what is behind an element in the views of the others, and says it; `aim` is the operand of which `view` is.
function meeting(op, sights, aim, seen = sights[aim]) {
  const of = (sight) => views.find((view) => view.sight === sight), view = of(seen);
  if (!view || sights.some((sight) => !sight?.array) || !met(op, sights, aim, 0)) return [];
  const words = html("code"), line = row("this element", words);
  line.classList.add("meeting");
  view.meets = true;
  view.follow = (i) => {
    const { words: said, terms, first } = told(op, sights, aim, i, met(op, sights, aim, i), seen.array[i]);
    words.textContent = said;
    sights.forEach((sight, n) => {
      const other = n !== aim && of(sight), lit = terms.flatMap((term) => term.filter(([k]) => k === n).map(([, place]) => place));
      if (!other) return;
      Object.assign(other, { lit: new Set(lit) });
      other.at = first ?? (lit.length === 0 || lit.includes(other.at) ? other.at : lit[0]);
      refresh(other);
    });
  };
  return [line];
}

// Begins at the largest element: there is something to see.
function pointAtLargest(sight) {
  const view = views.find((one) => one.sight === sight);
  if (!view?.meets) return;
  const { shown, h, w } = view.tiles, among = sight.array.subarray(0, shown * h * w);
  const best = among.reduce((best, x, i) => (Math.abs(x) > Math.abs(among[best]) ? i : best), 0);
  if (best === view.at) view.follow(best); else pointAt(view, best);
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
