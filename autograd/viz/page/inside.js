// Inside of large operations: attention as a map with its tokens on the axes, a recurrent layer opened along time.

const vocabulary = data.vocabulary ?? [];
const MARKS = { " ": "␣", "\n": "⏎", "\t": "⇥", "": "∅" };
const token = (i) => { const text = vocabulary[i] ?? String(i); return MARKS[text] ?? text; };

// Whether an embedding is that of the vocabulary: it has a row for each of its words.
const reads = ({ tokens, inputs }) => tokens !== undefined && vocabulary.length > 0 && tensors[inputs[0].tensor].shape[0] === vocabulary.length;

// The tokens of a sequence of that length, as an embedding before the operation took them; else the positions.
function tokensOf(length, op, sample) {
  const taken = ops.slice(0, op).find((before) => reads(before) && depth(before.tokens).at(-1) === length)?.tokens.flat(Infinity) ?? [];
  const row = Math.min(sample, taken.length / length - 1) * length;
  return taken.slice(row, row + length).map(token);
}
const depth = (list) => (Array.isArray(list) ? [list.length, ...depth(list[0])] : []);

// The indices that an embedding takes, or a loss as its target, each with its text; the samples of a batch one below the other.
function tokenRows(op, [logits, target]) {
  const asked = op.name === "cross_entropy" && target?.array && logits?.shape.at(-1) === vocabulary.length;
  if (!reads(op) && !asked) return [];
  const { name } = op, tokens = asked ? nested([...target.array], target.shape) : op.tokens, shape = depth(tokens);
  const columns = shape.at(-1) ?? 1, all = [tokens].flat(Infinity);
  const line = (r) => html("p", "tokens", all.slice(r * columns, (r + 1) * columns).map((i) => html("span", "token", html("b", "", token(i)), html("small", "", i))));
  const rows = Array.from({ length: Math.min(8, all.length / columns) }, (_, r) => line(r));
  return [html("h3", "", "indices ", html("small", "", `what ${name} takes`)), ...rows];
}

const MOST_TOKENS = 24, MOST_WRITTEN = 7; // with so many the numbers have room, too

// One map of attention as a table: a row for each query, what it attends to across.
function attentionMap(op, view) {
  const { sight: { array, shape }, tiles } = view, [queries, keys] = shape.slice(-2), box = html("div", "map");
  if (Math.max(queries, keys) > MOST_TOKENS) return "";
  const draw = (tile) => {
    if (box.dataset.tile === String(tile)) return;
    box.dataset.tile = tile;
    const sample = Math.floor(tile / product(shape.slice(1, -2))), [down, across] = [queries, keys].map((n) => tokensOf(n, op, sample));
    const label = (list, i) => list[i] ?? i;
    const cell = (q, k) => {
      const p = array[elementAt(tiles, tile, q, k)], td = html("td", "", keys > MOST_WRITTEN ? "" : short(word(p), 2));
      const colour = tint(Math.min(1, p));
      Object.assign(td.style, { background: `rgb(${colour})`, color: bright(colour) > 0.18 ? "#000" : "#fff" }), (td.title = `${label(down, q)} attends to ${label(across, k)}: ${short(word(p))}`);
      return td;
    };
    const head = html("tr", "", html("th", "", "from \\ to"), Array.from({ length: keys }, (_, k) => html("th", "", label(across, k))));
    const body = Array.from({ length: queries }, (_, q) => html("tr", "", html("th", "", label(down, q)), Array.from({ length: keys }, (_, k) => cell(q, k))));
    const where = indices(tile, shape.slice(0, -2)), which = where.length === 2 ? `sample ${where[0]}, head ${where[1]}` : `map ${where.join(", ")}`;
    const name = tiles.count > 1 ? `${which}: point at another map to see it here` : "";
    box.replaceChildren(html("p", "about", name), html("div", "scroll", html("table", "attention", head, body)));
  };
  view.follow = (i) => draw(placed(tiles, i)[0]);
  view.follow(0);
  return box;
}

// What an attention hides, and the weights of one that hides nothing.
function attentionDetail(op, made) {
  const { name } = ops[op], y = made[0], inside = y?.array && live.inside[op]?.weights;
  const square = name === "softmax" && y?.shape.length > 2 && y.shape.at(-1) === y.shape.at(-2); // written out by hand
  const weights = name === "attention_weights" || square ? y : inside && lookAt(live.outs[inside[0]]);
  if (!weights?.array || weights.shape.length < 2) return [];
  const head = weights !== y ? section("inside: weights ", "how much each query attends to each key", weights, "p") : [];
  const view = views.find((v) => v.sight === weights);
  return view ? [head[0] ?? html("h3", "", "attention"), attentionMap(op, view), ...head.slice(1)] : head;
}

// ---- Time ----

const RECURRENT = ["rnn", "lstm", "gru"];
const clock = { t: 0 };

// One moment of an array whose first axis is time.
function moment(sight, t) {
  const size = sight.array.length / sight.shape[0], array = sight.array.subarray(t * size, (t + 1) * size), shape = sight.shape.slice(1);
  return { ...sightOf(array, [sight.kind, shape]), array, kind: sight.kind };
}

// Norms over time, as bars.
function drawBars(bars, norms) {
  const top = Math.max(...norms.filter(Number.isFinite), 0);
  bars.replaceChildren(...norms.map((norm, t) => {
    const bar = html("span", "");
    bar.style.height = `${top ? Math.max(2, 36 * norm / top) : 2}px`;
    bar.title = `t = ${t}: norm ${short(word(norm))}`;
    return bar;
  }));
}

// A recurrent layer at one moment, with a slider over all; `parts` are its arrays over time, by what they are called.
function overTime(op, steps, parts, of) {
  const body = html("div"), slider = html("input"), told = html("output"), bars = html("div", "bars");
  const norms = Array.from({ length: steps }, (_, t) => normOf(moment(of, t)));
  Object.assign(slider, { type: "range", min: 0, max: steps - 1, value: Math.min(clock.t, steps - 1) });
  slider.setAttribute("aria-label", "Moment");
  drawBars(bars, norms);
  const draw = () => {
    clock.t = Number(slider.value);
    told.textContent = `t = ${clock.t} of 0 … ${steps - 1}`;
    [...bars.children].forEach((bar, t) => bar.classList.toggle("at", t === clock.t));
    for (let i = views.length - 1; i >= 0; i--) if (views[i].moment) views.splice(i, 1);
    const before = views.length;
    body.replaceChildren(...parts(clock.t).map(([name, sight]) => row(name, display(sight, name))));
    views.slice(before).forEach((view) => (view.moment = true));
  };
  slider.addEventListener("input", draw);
  draw();
  const about = html("p", "about", `norm of ${of.letter} at each moment, from ${short(word(norms[0]))} to ${short(word(norms.at(-1)))}`);
  return html("div", "time", html("h3", "", "through time ", html("small", "", `${steps} steps, one after the other`)), bars, about, html("div", "lab-row", slider, told), body);
}

function timeDetail(op, given, made) {
  const [x, h0] = given, y = made[0], { name, params } = ops[op];
  if (!RECURRENT.includes(name) || !x?.array || !y?.array || y.shape.length !== 3) return [];
  const steps = y.shape[0], back = params.includes("reverse=True") ? 1 : -1, gates = live.inside[op] ?? {};
  const parts = (t) => [
    ["x", moment(x, t)],
    ["h before", y.shape[0] > t + back && t + back >= 0 ? moment(y, t + back) : h0],
    ...Object.entries(gates).map(([part, outs]) => [part, lookAt(live.outs[outs[t]])]),
    ["h", moment(y, t)],
  ];
  return [overTime(op, steps, parts, { ...y, letter: "h" })];
}

// Backward: what came in at each moment, and what went on to x there: where a gradient fades, it is seen here.
function timeBack(op, upstream, terms) {
  const g = upstream[0], into = terms.find(([name]) => name === "x")?.[1];
  if (!RECURRENT.includes(ops[op].name) || !g?.array || g.shape.length !== 3) return [];
  const parts = (t) => [["g", moment(g, t)], ...(into?.array ? [["to x", moment(into, t)]] : [])];
  return [overTime(op, g.shape[0], parts, into?.array ? { ...into, letter: "what goes to x" } : { ...g, letter: "g" })];
}

// ---- Runs: what is done again and again, such as a cell that is called at each time step ----

// Of an operation that repeats the one of each run, in their order; a drawing has them all in one box.
const runsOf = ops.map(() => null);
for (const { nodes } of levels) for (const n of nodes) if (n.kind === "op" && n.fold !== undefined) for (const op of n.ops ?? []) runsOf[op] ??= n.ops;
const timeless = runsOf.map((runs) => runs?.some((op) => ops[op].module !== ops[runs[0]].module)); // blocks, each another
const runBox = { box: html("div"), slider: html("input"), told: html("output"), bars: html("div", "bars"), about: html("p", "about") };

// The step of each run that is like the present one: its forward step, or the backward step in which its gradient is whole.
const stopOf = (op) => (now.k < SEED ? op : sweptAt[op].map(after)[0]);
function normAt(op) {
  const frame = frames[now.frame], sight = seen(now.k < SEED ? frame.values[ops[op].outputs[0]] : frame.steps[sweptAt[op][0]]?.upstream[0]);
  return sight ? Number(normOf(sight)) : 0;
}

function showRuns() {
  const op = currentOp(), runs = runsOf[op], { box, slider, told, bars, about } = runBox;
  box.hidden = !runs;
  if (!runs) return;
  const r = runs.indexOf(op), norms = runs.map(normAt), words = timeless[op] ? `run ${r + 1} of ${runs.length}` : `t = ${r} of 0 … ${runs.length - 1}`;
  slider.max = runs.length - 1, slider.value = r;
  slider.setAttribute("aria-label", timeless[op] ? "Run" : "Time step");
  slider.setAttribute("aria-valuetext", words);
  told.textContent = words;
  drawBars(bars, norms);
  bars.children[r].classList.add("at");
  about.textContent = `${timeless[op] ? "each run" : "through time"}: norm of ${now.k < SEED ? "the result" : "g"}, from ${short(word(norms[0]))} to ${short(word(norms.at(-1)))}`;
}

function startRuns() {
  const { box, slider, told, bars, about } = runBox;
  Object.assign(slider, { type: "range", min: 0, step: 1, ariaLabel: "Run" });
  box.append(bars, about, html("div", "lab-row", slider, told));
  box.id = "runs";
  $("step-text").after(box);
  slider.addEventListener("input", () => {
    const runs = runsOf[currentOp()], stop = stopOf(runs[slider.value]); // none: no gradient came there
    if (stop === undefined) showRuns(); else stepTo(stop);
  });
}
