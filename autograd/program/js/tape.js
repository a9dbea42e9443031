// A tape: a program that Python wrote, run again on typed arrays. float32 values are rounded once for each operation,
// sums are added up in double. What depends on a changed number through an operation that is not known here is stale:
// its last value is not the right one, and `stale` says so.

const Tape = (() => {
const ARRAYS = { d: Float64Array, f: Float32Array, q: Float64Array, i: Int32Array, b: Uint8Array };

// ---- Functions that the forms below call by C's names, see each.h ----

const { exp, expm1, log, log2, log10, log1p, sin, cos, tan, sinh, cosh, tanh, cbrt, sqrt, hypot, floor, ceil, trunc } = Math;
const { asin: arcsin, acos: arccos, atan: arctan, asinh: arcsinh, acosh: arccosh, atanh: arctanh, atan2: arctan2 } = Math;
const fabs = Math.abs, DBL_MAX = Number.MAX_VALUE;
const exp2 = (x) => 2 ** x;
const power = (x, y) => (x === 1 || (x === -1 && fabs(y) === Infinity) ? 1 : x ** y); // where C and JavaScript differ
const rint = (x) => { const low = floor(x), rest = x - low; return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : ceil(x); };
const clip = (x, low, high) => (x < low ? low : x > high ? high : x);
const sigmoid = (x) => { const e = exp(-fabs(x)), s = 1 / (1 + e); return x < 0 ? e * s : s; };
const softplus = (x) => (x > 0 ? x : x < 0 ? 0 : x) + log1p(exp(-fabs(x)));
const tanh_gate = (x) => sigmoid(1.5957691216057308 * (x * (1 + 0.044715 * (x * x))));
const normal = (x) => 0.5 * erfc(x * -0.7071067811865476);
const bump = (x, k) => { const e = exp(fabs(x) * -k), u = e / (1 + e); return u - u * u; };
const bell = (x, k) => exp(-k * x * x);

// The series whose terms all have one sign, up to 2; the continued fraction beyond (Abramowitz and Stegun 7.1.6, 7.1.14).
function erf(x) {
  if (fabs(x) > 2) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let term = x, total = x;
  for (let n = 1; fabs(term) > 1e-18 * fabs(total); n++) total += term *= 2 * x * x / (2 * n + 1);
  return 1.1283791670955126 * exp(-x * x) * total;
}
function erfc(x) {
  if (!(x > 2)) return 1 - erf(x);
  let fraction = 0;
  for (let n = 120; n > 0; n--) fraction = n / 2 / (x + fraction);
  return exp(-x * x) / (x + fraction) * 0.5641895835477563;
}

const FORMS = {
/*FORMS*/
};

// ---- Places: where the elements of one array lie in another ----

function unpacked(text, kind, size) {
  if (Array.isArray(text)) return new ARRAYS[kind](size).fill(real(text[0]));
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new ARRAYS[kind](bytes.buffer);
}

const real = (x) => (typeof x === "number" ? x : { inf: Infinity, "-inf": -Infinity, nan: NaN }[x]);

// Nested loops, the innermost first, or all places one by one; -1 is none.
function unrolled([first, loops]) {
  if (!loops) return unpacked(first, "i");
  let places = Int32Array.of(first);
  for (const [count, step] of [...loops].reverse()) {
    const finer = new Int32Array(places.length * count);
    places.forEach((place, i) => { for (let j = 0; j < count; j++) finer[i * count + j] = place + j * step; });
    places = finer;
  }
  return places;
}

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

// For each element of `shape` its place in an array of `small`, with which it broadcasts or from which it is folded.
function spread(small, shape) {
  const places = new Int32Array(sizeOf(shape));
  let step = 1, repeat = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = small[small.length - shape.length + axis] ?? 1;
    if (length > 1) for (let i = 0; i < places.length; i++) places[i] += step * (Math.floor(i / repeat) % shape[axis]);
    step *= length;
    repeat *= shape[axis];
  }
  return places;
}

// ---- Kinds of lines: each makes the function that computes it, and says what that reads and writes ----

const KINDS = {
  each(memory, out, form, operands) {
    const f = FORMS[form], y = memory[out], n = y.length, vars = operands.filter(Number.isInteger);
    const given = operands.map((o) => {
      if (!Number.isInteger(o)) return { x: [real(o[0])], step: 0 };
      const x = memory[o], shape = memory.shapes[o], alike = x.length === n;
      return { x, step: alike ? 1 : 0, places: alike || x.length === 1 ? null : spread(shape, memory.shapes[out]) };
    });
    const [a, b, c] = given;
    const at = ({ x, step, places }, i) => x[places ? places[i] : i * step];
    if (given.length === 1) return [() => { for (let i = 0; i < n; i++) y[i] = f(at(a, i)); }, vars, [out]];
    if (given.length === 2) return [() => { for (let i = 0; i < n; i++) y[i] = f(at(a, i), at(b, i)); }, vars, [out]];
    if (given.length === 3) return [() => { for (let i = 0; i < n; i++) y[i] = f(at(a, i), at(b, i), at(c, i)); }, vars, [out]];
    return [() => { for (let i = 0; i < n; i++) y[i] = f(...given.map((x) => at(x, i))); }, vars, [out]];
  },

  fold(memory, out, how, from, axes) {
    const x = memory[from], y = memory[out], shape = memory.shapes[from];
    const to = spread(shape.map((n, i) => (axes.includes(i) ? 1 : n)), shape);
    const [first, f] = FOLDS[how], sums = new Float64Array(y.length);
    return [() => {
      sums.fill(first);
      for (let i = 0; i < x.length; i++) sums[to[i]] = f(sums[to[i]], x[i]);
      y.set(sums);
    }, [from], [out]];
  },

  matmul(memory, out, left, right, [rows, inner, columns], lefts, rights) {
    const [a, b, y] = [memory[left], memory[right], memory[out]], [at, bt] = [unrolled(lefts), unrolled(rights)];
    const sums = new Float64Array(columns);
    return [() => {
      let place = 0;
      for (let s = 0; s < at.length; s++) {
        for (let r = 0; r < rows; r++, place += columns) {
          sums.fill(0);
          for (let k = 0; k < inner; k++) {
            const x = a[at[s] + r * inner + k], from = bt[s] + k * columns;
            for (let c = 0; c < columns; c++) sums[c] += x * b[from + c];
          }
          y.set(sums, place);
        }
      }
    }, [left, right], [out]];
  },

  move(memory, out, from, places) {
    const y = memory[out], to = unrolled(places);
    if (from.length === 1) {
      const x = memory[from[0]];
      return [() => { for (let i = 0; i < to.length; i++) y[i] = to[i] < 0 ? 0 : x[to[i]]; }, from, [out]];
    }
    const all = new y.constructor(from.reduce((n, v) => n + memory[v].length, 0));
    return [() => {
      let start = 0;
      for (const v of from) { all.set(memory[v], start); start += memory[v].length; }
      for (let i = 0; i < to.length; i++) y[i] = to[i] < 0 ? 0 : all[to[i]];
    }, from, [out]];
  },

  add(memory, out, from, places) {
    const x = memory[from], y = memory[out], to = unrolled(places), sums = new Float64Array(y.length);
    return [() => {
      sums.fill(0);
      for (let i = 0; i < to.length; i++) sums[to[i]] += x[i];
      y.set(sums);
    }, [from], [out]];
  },

  weigh(memory, out, from, come, go, weights, [size, made]) {
    const x = memory[from], y = memory[out], [here, there] = [unrolled(come), unrolled(go)], sums = new Float64Array(y.length);
    const factors = unpacked(weights, "d", here.length + 1);
    return [() => {
      sums.fill(0);
      for (let p = 0; p * size < x.length; p++) here.forEach((i, k) => (sums[p * made + there[k]] += x[p * size + i] * factors[k]));
      y.set(sums);
    }, [from], [out]];
  },

  getitem(memory, out, from, index, shape) {
    const x = memory[from], y = memory[out], row = rowsOf(memory, index, shape);
    const run = () => row.each((place, i) => { for (let j = 0; j < row.size; j++) y[i * row.size + j] = x[place + j]; });
    return [run, [from, ...index], [out]];
  },

  unindex(memory, out, from, index, shape) {
    const x = memory[from], y = memory[out], row = rowsOf(memory, index, shape), sums = new Float64Array(y.length);
    return [() => {
      sums.fill(0);
      row.each((place, i) => { for (let j = 0; j < row.size; j++) sums[place + j] += x[i * row.size + j]; });
      y.set(sums);
    }, [from, ...index], [out]];
  },

  correlate(memory, out, image, kernel, places, counts) {
    const [x, w, y] = [memory[image], memory[kernel], memory[out]];
    return meeting(memory, out, image, kernel, out, kernel, places, counts, (sums, xi, wi, yi) => (sums[yi] += x[xi] * w[wi]), y);
  },
  spread(memory, out, gradient, kernel, places, counts) {
    const [g, w, x] = [memory[gradient], memory[kernel], memory[out]];
    return meeting(memory, out, out, kernel, gradient, kernel, places, counts, (sums, xi, wi, yi) => (sums[xi] += g[yi] * w[wi]), x);
  },
  gather(memory, out, gradient, image, places, counts) {
    const [g, x, w] = [memory[gradient], memory[image], memory[out]];
    return meeting(memory, out, image, out, gradient, image, places, counts, (sums, xi, wi, yi) => (sums[wi] += g[yi] * x[xi]), w);
  },

  argsort(memory, out, from, length, step) {
    const x = memory[from], y = memory[out], order = Array.from({ length });
    return [() => {
      for (let i = 0; i < x.length; i++) if (Math.floor(i / step) % length === 0) {
        const key = (k) => x[i + k * step], less = (a, b) => a - b || Number.isNaN(a) - Number.isNaN(b);
        order.forEach((_, k) => (order[k] = k));
        order.sort((j, k) => (key(j) === key(k) ? j - k : less(key(j), key(k)) || j - k)).forEach((k, j) => (y[i + j * step] = k));
      }
    }, [from], [out]];
  },

  pool(memory, out, found, from, places, [positions, kernel, plane]) {
    const x = memory[from], y = memory[out], at = memory[found], where = unrolled(places);
    return [() => {
      for (let i = 0; i < y.length; i++) {
        const start = Math.floor(i / positions) * plane, first = (i % positions) * kernel;
        let best = -1;
        for (let k = first; k < first + kernel; k++) {
          const place = where[k], value = x[start + place];
          if (place >= 0 && (best < 0 || value > x[start + best] || value !== value)) best = place;
        }
        y[i] = x[start + best];
        at[i] = best;
      }
    }, [from], [out, found]];
  },
};

const FOLDS = {
  sum: [0, (a, b) => a + b], prod: [1, (a, b) => a * b],
  max: [-Infinity, Math.max], min: [Infinity, Math.min],
};

// Rows of an array at places that are computed: `size` elements each.
function rowsOf(memory, index, shape) {
  const lengths = shape.slice(0, index.length), size = sizeOf(shape.slice(index.length));
  const whole = index.map((v) => memory.shapes[v]).reduce((a, b) => {
    const rank = Math.max(a.length, b.length), from = (s, i) => s[s.length - rank + i] ?? 1;
    return Array.from({ length: rank }, (_, i) => (from(a, i) === 1 ? from(b, i) : from(a, i)));
  });
  const spreads = index.map((v) => spread(memory.shapes[v], whole)), count = sizeOf(whole);
  const each = (visit) => {
    for (let i = 0; i < count; i++) {
      let place = 0;
      index.forEach((v, axis) => {
        const given = memory[v][spreads[axis][i]], at = given < 0 ? given + lengths[axis] : given;
        if (!(at >= 0 && at < lengths[axis])) throw new RangeError(`index ${given} of ${lengths[axis]}`);
        place = place * lengths[axis] + at;
      });
      visit(place * size, i);
    }
  };
  return { size, each };
}

// Every element of an image x with that of the kernel w over it, and of the result y in which they meet.
function meeting(memory, out, image, kernel, result, other, places, [positions, reach, plane, groups], visit, y) {
  const where = unrolled(places), sums = new Float64Array(y.length);
  const [images, channels] = memory.shapes[image], outputs = memory.shapes[result][1];
  const own = channels / groups, each = outputs / groups, reads = [image, kernel, result].filter((v) => v !== out);
  return [() => {
    sums.fill(0);
    for (let n = 0; n < images; n++) for (let o = 0; o < outputs; o++) for (let c = 0; c < own; c++) {
      const xs = (n * channels + Math.floor(o / each) * own + c) * plane;
      const ws = (o * own + c) * reach, ys = (n * outputs + o) * positions;
      for (let p = 0; p < positions; p++) for (let k = 0; k < reach; k++) {
        const place = where[p * reach + k];
        if (place >= 0) visit(sums, xs + place, ws + k, ys + p);
      }
    }
    y.set(sums);
  }, reads, [out]];
}

return class Tape {
  constructor({ kinds, lines, fixed, inputs, guards }) {
    this.kinds = kinds;
    this.memory = kinds.map(([kind, shape]) => new ARRAYS[kind](sizeOf(shape)));
    this.memory.shapes = kinds.map(([, shape]) => shape);
    for (const [v, text] of fixed) this.memory[v] = unpacked(text, kinds[v][0], this.memory[v].length);
    this.inputs = inputs;
    this.lines = lines.map(([kind, ...rest]) => {
      if (kind === "frozen") return { run() {}, writes: rest[0], frozen: rest[1], reads: rest[2] };
      const [run, reads, writes] = KINDS[kind](this.memory, ...rest);
      return { run, reads, writes, frozen: "" };
    });
    this.guards = guards.map(([v, text, line]) => ({ v, was: unpacked(text, kinds[v][0])[0], line }));
    this.changed = new Uint8Array(kinds.length); // whether a value may be another than Python's
    this.stale = new Array(kinds.length).fill(""); // and if so whether it is wrong here, because of which operation
  }

  // Compute every line anew. What is wrong from here on is said in `stale`; `broken` says which branch was not taken.
  run() {
    const { changed, stale, memory, kinds } = this;
    for (const { run, reads, writes, frozen } of this.lines) {
      const moved = reads.some((v) => changed[v]), wrong = reads.find((v) => stale[v]);
      let why = wrong !== undefined ? stale[wrong] : moved ? frozen : "";
      if (!why) {
        try { run(); } catch (error) { if (!(error instanceof RangeError)) throw error; why = error.message; }
      }
      for (const v of writes) {
        changed[v] = moved;
        const large = kinds[v][0] === "q" && memory[v].some((x) => Math.abs(x) > Number.MAX_SAFE_INTEGER);
        stale[v] = why || (large ? "an integer beyond 2^53" : "");
      }
    }
    const broken = this.guards.find(({ v, was }) => stale[v] || !Object.is(memory[v][0], was));
    this.broken = broken ? `the program would take another branch (${broken.line})` : "";
  }

  change(v, i, value) {
    this.memory[v][i] = value;
    this.changed[v] = 1;
  }
};
})();
