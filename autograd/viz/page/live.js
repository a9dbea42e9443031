// Live: the program behind the first frame, run again with other numbers. What it computes is one more frame, behind the
// recorded ones, whose sights are made of the tape's memory when they are looked at.

const live = data.live && !data.live.why ? data.live : null;
const tape = live && new Tape(live.tape);
const FRAMES = data.form ? 0 : frames.length; // those that Python recorded; that of a form has no numbers yet
const LIVE = live ? FRAMES : -1;
const NAMES = { d: "float64", f: "float32", q: "int64", i: "int32", b: "bool" };
const FEW = 4, CELLS = 12, CORNER = [4, 5]; // as in text.py and player.py

const memoryOf = (index) => index - sights.length; // where the tape holds what a frame refers to
const livePlace = (out) => (out === null ? null : sights.length + live.outs[out]);

if (live) {
  const use = (recorded, [local, term, before, after, numbers, matrix]) => ({
    ...recorded, local: livePlace(local), matrix: livePlace(matrix), term: livePlace(term), before: livePlace(before), after: livePlace(after),
    get numbers() { return numbers.replace(/<(\d+)>/g, (_, out) => bracketed(tape.memory[live.outs[out]][0])); },
  });
  frames.push({
    label: "", values: live.values.map((out, t) => livePlace(out) ?? frames[0].values[t]), finished: [],
    seeds: live.seeds.map(([t, out]) => [t, livePlace(out)]),
    steps: frames[0].steps.map((step, j) => ({
      op: step.op, upstream: live.steps[j].upstream.map(livePlace),
      uses: step.uses.map((recorded, i) => use(recorded, live.steps[j].uses[i])),
    })),
  });
  if (data.form) frames.shift();
}

const bracketed = (x) => (x < 0 ? `(${short(x)})` : short(x));

// The shortest decimal that is this float32: its digits as a double would be noise.
function single(x) {
  for (let digits = 6; digits < 9; digits++) if (Math.fround(x.toPrecision(digits)) === x) return Number(x.toPrecision(digits));
  return Number(x.toPrecision(9));
}

function nested(list, shape) {
  if (!shape.length) return list[0];
  const size = list.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => nested(list.slice(i * size, (i + 1) * size), shape.slice(1)));
}

// What is shown of an array of the tape, as `look` of text.py takes it down.
function sightOf(array, [kind, shape], stale) {
  const about = { shape, dtype: NAMES[kind] }, exact = (x) => word(kind === "f" && Number.isFinite(x) ? single(x) : x);
  if (stale) return { ...about, frozen: stale };
  if (array.length <= FEW) return { ...about, all: nested(Array.from(array, exact), shape) };
  let [low, high, total, nan, inf] = [Infinity, -Infinity, 0, 0, 0];
  for (const x of array) {
    if (Number.isNaN(x)) nan++;
    else if (!Number.isFinite(x)) inf++;
    low = Math.min(low, x), high = Math.max(high, x), total += x;
  }
  const top = Math.max(Math.abs(low), Math.abs(high)) || 1;
  let squares = 0;
  for (const x of array) squares += (x / top) ** 2;
  const statistics = { min: word(low), mean: word(total / array.length), max: word(high), norm: word(top * Math.sqrt(squares)), nan, inf };
  const columns = shape.at(-1), rows = array.length / columns;
  const corner = Array.from({ length: Math.min(rows, CORNER[0]) }, (_, r) => (
    Array.from({ length: Math.min(columns, CORNER[1]) }, (_, c) => exact(array[r * columns + c]))
  ));
  return { ...about, ...statistics, corner, ...heatOf(array, rows, columns) };
}

// A picture of at most so many cells a side, each the element of greatest size in its part.
function heatOf(array, rows, columns) {
  const [down, across] = [Math.min(rows, CELLS), Math.min(columns, CELLS)];
  const cells = new Float64Array(down * across), sick = new Uint8Array(down * across);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
    const x = array[r * columns + c], cell = Math.floor(r * down / rows) * across + Math.floor(c * across / columns);
    if (!Number.isFinite(x)) sick[cell] = Math.max(sick[cell], Number.isNaN(x) ? 2 : 1);
    else if (Math.abs(x) > Math.abs(cells[cell])) cells[cell] = x;
  }
  const top = cells.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const letter = (x, i) => (sick[i] ? " ^!"[sick[i]] : String.fromCharCode(109 + (top ? Math.round(12 * x / top) : 0)));
  const letters = Array.from(cells, letter).join("");
  return { top, heat: Array.from({ length: down }, (_, r) => letters.slice(r * across, (r + 1) * across)) };
}

const looks = new Map(); // of the tape's arrays, until it runs again
function seen(index) {
  if (!(index >= sights.length)) return sights[index] ?? null;
  const v = memoryOf(index);
  if (!looks.has(v)) looks.set(v, sightOf(tape.memory[v], tape.kinds[v], tape.broken || tape.stale[v]));
  return looks.get(v);
}

function numbersOf(index) {
  const v = memoryOf(index);
  return !(v >= 0) || tape.broken || tape.stale[v] ? null : [...tape.memory[v]];
}

// ---- What may be touched, and what follows ----

// Of each leaf by its tensor: where the tape holds it, the greatest integer it may be, and its gradient's place.
const touchable = new Map();
const first = []; // the leaves' own numbers, to go back to

if (live) {
  live.leaves.forEach(([t, most], i) => {
    const v = tape.inputs[i], contributions = frames[LIVE].steps.flatMap((step) => step.uses.filter((use) => use.tensor === t));
    const last = contributions.at(-1)?.after ?? frames[LIVE].seeds.find(([of]) => of === t)?.[1];
    touchable.set(t, { t, v, most, gradient: last === undefined ? -1 : memoryOf(last), kind: tape.kinds[v][0], shape: tape.kinds[v][1] });
    first.push(tape.memory[v].slice());
  });
}

function recompute() {
  tape.run();
  looks.clear();
}

// What is descended: the output, or where it is several numbers their sum, weighted by the gradient that the sweep starts with.
function lossNow() {
  let total = 0;
  for (const [t, out] of live.seeds) {
    const value = memoryOf(frames[LIVE].values[t]), seed = live.outs[out];
    if (tape.broken || tape.stale[value]) return NaN;
    tape.memory[value].forEach((x, i) => (total += x * tape.memory[seed][i]));
  }
  return total;
}

const whyNot = () => tape.broken || live.seeds.map(([t]) => tape.stale[memoryOf(frames[LIVE].values[t])]).find(Boolean) || "";

function restore() {
  live.leaves.forEach((_, i) => tape.memory[tape.inputs[i]].set(first[i]));
  tape.changed.fill(0);
  recompute();
}

function touch(t, i, value) {
  const { v, kind, most } = touchable.get(t);
  if (kind === "b") value = value ? 1 : 0;
  if (kind === "q" || kind === "i") value = Math.max(0, Math.min(most ?? Infinity, Math.round(value)));
  tape.change(v, i, value);
}

// w <- w - lr g, for everything that has a gradient; returns why not, where one of them is not known.
function descend(rate) {
  const given = [...touchable.values()].filter(({ gradient, kind }) => gradient >= 0 && (kind === "f" || kind === "d"));
  const why = tape.broken || given.map(({ gradient }) => tape.stale[gradient]).find(Boolean);
  if (why) return why;
  const steps = given.map(({ gradient }) => tape.memory[gradient].slice()); // two leaves may share one
  given.forEach(({ v }, n) => {
    const w = tape.memory[v];
    for (let i = 0; i < w.length; i++) w[i] -= rate * steps[n][i];
    tape.changed[v] = 1;
  });
  recompute();
  return "";
}
