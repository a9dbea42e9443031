// The player: steps through one recorded backward sweep. Four parts follow each other: numbers, the timeline (what is
// known at step k), the drawing and its view, the side panel; the controls come last. Python wrote the data; nothing
// here computes a gradient, so that what is shown is what the engine did.
// Names come from the user's program: they enter the page as text only, never as HTML.

const data = JSON.parse(document.getElementById("data").textContent);
const { sights, tensors, ops, levels, frames } = data;
const EXPLODES = data.explodes; // a gradient of a larger norm is marked
const $ = (id) => document.getElementById(id);
const night = matchMedia("(prefers-color-scheme: dark)");

// ---- 1. Numbers ----------------------------------------------------------------------------------------------------

const WORDS = { nan: "NaN", inf: "∞", "-inf": "-∞" }; // what JSON has no numbers for

// At most `digits` significant digits, but every digit before the point below ten million, and no idle zeros.
function short(x, digits = 4) {
  if (typeof x === "string") return WORDS[x];
  const wide = Math.abs(x) >= 10 ** digits && Math.abs(x) < 1e7;
  const rounded = Number(wide ? x.toFixed(0) : x.toPrecision(digits)), size = Math.abs(rounded);
  return size > 0 && (size < 1e-4 || size >= 1e7) ? rounded.toExponential() : String(rounded);
}
const EXACT = 17; // digits that tell any two numbers apart; short() drops those that are not needed

const flat = (sight) => [sight.all].flat(Infinity);
const isScalar = (sight) => sight.all !== undefined && !Array.isArray(sight.all);
const sized = (shape) => (shape.length ? shape.join("×") : "scalar");
const wordy = (shape) => (shape.length === 1 ? `length-${shape[0]}` : sized(shape));
const isSick = (sight) => sight.nan + sight.inf > 0 || flat(sight).some((x) => typeof x === "string");

function normOf(sight) {
  if (sight.all === undefined) return sight.norm;
  const parts = flat(sight);
  return parts.includes("nan") ? "nan" : isSick(sight) ? "inf" : Math.hypot(...parts);
}

function markOf(sight) {
  if (isSick(sight)) return "sick";
  if (normOf(sight) === 0) return "zero";
  return normOf(sight) > EXPLODES ? "explodes" : "";
}

function listed(all, digits) {
  return Array.isArray(all) ? `[${all.map((part) => listed(part, digits)).join(", ")}]` : short(all, digits);
}

// A line for a box: the number, the few numbers if there is room for them, or the norm.
function brief(sight, letter, room) {
  if (!sight) return "—";
  const text = sight.all !== undefined ? listed(sight.all) : "";
  return text && (text.length <= room || isScalar(sight)) ? text : `‖${letter}‖ = ${short(normOf(sight))}`;
}

// The same in full, for tooltips.
function full(sight) {
  if (!sight) return "none yet";
  if (sight.all !== undefined) return listed(sight.all, EXACT);
  return ["min", "mean", "max", "norm"].map((name) => `${name} ${short(sight[name], EXACT)}`).join(", ");
}

// And in words, for the sentence that is read aloud.
function spoken(sight) {
  if (!sight) return "nothing";
  if (!isScalar(sight) && normOf(sight) === 0) return `an all-zero ${wordy(sight.shape)} array`;
  if (sight.all !== undefined) return listed(sight.all);
  const sick = isSick(sight) ? " with NaN or infinite elements" : "";
  return `a ${wordy(sight.shape)} array of norm ${short(sight.norm)}${sick}`;
}

// ---- 2. The timeline: forward steps, the seed, backward steps ------------------------------------------------------

const N = ops.length;
const order = frames[0].steps; // all frames are of one graph
const STEPS = N + 1 + order.length;
const SEED = N;
const START = data.start ?? 0; // the level that is shown first
const now = { k: 0, frame: 0, level: START };

const producer = tensors.map(() => -1);
ops.forEach((op, i) => op.outputs.forEach((t) => (producer[t] = i)));
const sweptAt = ops.map(() => []); // the backward steps of each op
const fedAt = tensors.map(() => []); // the backward steps that add to each tensor's gradient
order.forEach((step, j) => {
  sweptAt[step.op].push(j);
  for (const use of step.uses) if (fedAt[use.tensor].at(-1) !== j) fedAt[use.tensor].push(j);
});
const firstUse = tensors.map((_, t) => ops.findIndex((op) => op.inputs.some((i) => i.tensor === t)));

// What each tensor's gradient has been in one frame: after the seed (j = -1) and after each contribution; and what a
// hook of the user made of it in the end: just before the tensor's own operation is swept, or after all contributions.
const histories = frames.map((frame) => {
  const history = tensors.map(() => []);
  for (const [t, sight] of frame.seeds) history[t].push({ j: -1, sight, adds: false });
  frame.steps.forEach((step, j) => {
    for (const use of step.uses) history[use.tensor].push({ j, sight: use.after, adds: use.before !== null });
  });
  for (const [t, sight] of frame.finished ?? []) {
    history[t].hook = { t, sight, j: sweptAt[producer[t]]?.[0] ?? history[t].at(-1)?.j ?? -1 };
  }
  return history;
});

function gradient(t, j) {
  const history = histories[now.frame][t], hooked = history.hook?.j <= j;
  const got = history.filter((h) => h.j <= j).length;
  return { ...history[got - 1], ...(hooked && history.hook), hooked, got, of: history.length };
}
const hooksAt = (j) => histories[now.frame].map((history) => history.hook).filter((hook) => hook?.j === j);

const madeBy = (t) => ops[producer[t]]?.label;
const nameOf = (t) => tensors[t].name || (producer[t] < 0 ? tensors[t].kind : `result of ${madeBy(t)}`);
const titleOf = (op) => op.name + (op.params ? `(${op.params})` : "");
const seen = (index) => sights[index] ?? null;
const after = (j) => SEED + 1 + j;

// The steps that a click on a node goes to, one after the other: first the one that finishes its gradient.
function stopsOfOps(list) {
  const back = list.flatMap((op) => sweptAt[op]).sort((a, b) => a - b).map(after);
  return [...back, ...(list.length > 1 && back.length ? [] : list)];
}
function stopsOfTensor(t) {
  const finished = (sweptAt[producer[t]] ?? []).map(after), forward = producer[t] < 0 ? firstUse[t] : producer[t];
  return [...new Set([...finished, ...fedAt[t].toReversed().map(after), ...(forward < 0 ? [] : [forward])])];
}

// ---- 3. The drawing ------------------------------------------------------------------------------------------------

function svg(tag, attributes, parent, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  parent?.append(element);
  return element;
}

// Cut the middle of what does not fit: in a dotted name both ends tell the most.
const capacity = (width, size) => Math.max(4, Math.floor(width / (size * 0.6)));
function squeeze(text, room) {
  const letters = [...text]; // whole characters, not halves of a pair
  if (letters.length <= room) return text;
  return [...letters.slice(0, Math.ceil(room / 2) - 1), "…", ...letters.slice(-Math.floor(room / 2))].join("");
}

// The rectangle of a node, smaller by `inset` on each side.
function rectangle(n, inset, rx, css, parent) {
  const place = { x: n.x - n.w / 2 + inset, y: n.y - n.h / 2 + inset, width: n.w - 2 * inset, height: n.h - 2 * inset };
  return svg("rect", { ...place, rx, class: css }, parent);
}

function centred(n, dy, size, text, css, parent) {
  const place = { x: n.x, y: n.y + dy, "text-anchor": "middle", "font-size": size, class: css };
  return svg("text", place, parent, squeeze(text, capacity(n.w - 8, size)));
}

// The legend in the page holds the only drawing of each mark; a box gets a copy.
function setMark(g, kind) {
  g.setAttribute("class", `mark ${kind}`);
  g.replaceChildren(...(kind ? $("legend").querySelector(`.mark.${kind}`).cloneNode(true).children : []));
}

function drawTensor(box, n) {
  const { el } = box, t = tensors[n.tensor];
  const round = t.kind === "result" || t.kind === "output" ? 9 : 0;
  rectangle(n, -5, round + 4, "halo", el);
  rectangle(n, 0, round, "shape", el);
  if (t.kind === "parameter") rectangle(n, 3.5, 0, "shape inner", el);
  const pitch = Math.min(14.5, (n.h - 16) / 3.7), unit = pitch / 14.5; // a low box has small letters
  const left = n.x - n.w / 2 + 9, right = n.x + n.w / 2 - 9, top = n.y - n.h / 2;
  const line = (i) => n.y + pitch * (i - 1.2);
  const put = (i, size, text, more) =>
    svg("text", { x: left, y: line(i), "font-size": size * unit, ...more }, el, text);
  box.name = put(0, 12, "", { class: t.name ? "name" : "name unnamed" });
  box.size = put(1, 10, "", { class: "quiet" });
  put(2, 10, "value", { class: "quiet" });
  put(3, 10, "grad", { class: "quiet" });
  const number = { x: right, "text-anchor": "end", class: "number" };
  box.value = put(2, 10.5, "", { ...number, "data-value": n.tensor });
  box.grad = put(3, 10.5, "", { ...number, "data-grad": n.tensor });
  box.letters = capacity(n.w - 18, 12 * unit);
  box.room = Math.floor((n.w - 18) / (6.4 * unit)) - 5;
  box.mark = svg("g", { class: "mark", transform: `translate(${right + 15} ${line(3) - 4})` }, el);
  box.badge = svg("g", { class: "badge", transform: `translate(${right - 13} ${top - 7})`, visibility: "hidden" }, el);
  svg("rect", { x: -27, y: -8.5, width: 54, height: 17, rx: 8.5 }, box.badge);
  box.count = svg("text", { y: 3.5 }, box.badge);
}

function drawOp(box, n) {
  svg("ellipse", { class: "halo", cx: n.x, cy: n.y, rx: n.w / 2 + 5, ry: n.h / 2 + 5 }, box.el);
  svg("ellipse", { class: "shape", cx: n.x, cy: n.y, rx: n.w / 2, ry: n.h / 2 }, box.el);
  const label = ops[n.op].label, size = Math.min(label.length > 2 ? 13 : 17, n.h * 0.5);
  centred(n, size * 0.34, size, label, "name", box.el);
}

function drawGroup(box, n) {
  for (const shift of [6, 3, 0]) rectangle({ ...n, x: n.x + shift, y: n.y - shift }, 0, 4, "shape", box.el);
  rectangle({ ...n, x: n.x + 3, y: n.y - 3, w: n.w + 6, h: n.h + 6 }, -4, 7, "halo", box.el);
  box.name = centred(n, -5, 13, "", "name", box.el);
  centred(n, 11, 10, n.sub, "quiet", box.el);
  box.progress = centred(n, 24, 10, "", "number", box.el);
}

function drawLine(e) {
  const el = svg("g", {});
  svg("path", { d: e.path }, el);
  if (e.label) centred({ x: e.lx, y: e.ly, w: 120 }, 3, 11, e.label, "number", el);
  return el;
}

function drawBox(box) {
  const { n } = box;
  box.el = svg("g", { role: "button", tabindex: -1, "data-node": box.i });
  if (n.kind !== "group") box.el.setAttribute(`data-${n.kind}`, n[n.kind]);
  box.title = svg("title", {}, box.el);
  box.fill(box, n);
  return box.el;
}

// What has many nodes is drawn where it is looked at: a browser needs seconds to set thousands of texts.
const MANY = 250;
const FAR = 0.25; // below this scale no text is legible, and none is drawn

// A level is prepared once, when first shown. An item, box or line, knows its bounds and how to draw and paint itself.
const built = [];
function build(level) {
  const g = svg("g", {});
  const frames = level.clusters.map((c, i) => {
    const cluster = svg("g", { class: "cluster" }, g);
    svg("rect", { x: c.x, y: c.y, width: c.w, height: c.h, rx: 6 }, cluster);
    const el = svg("text", { x: c.x + 8, y: c.y + 16 }, cluster);
    const runs = Math.min(...level.nodes.filter((n) => n.fold === i && n.ops).map((n) => n.ops.length));
    return { c, i, el, runs: Number.isFinite(runs) ? runs : 1, paint: paintFrame };
  });
  const under = svg("g", {}, g), over = svg("g", {}, g);
  const boxes = level.nodes.map((n, i) => {
    const group = n.kind !== "tensor" && (n.ops ?? [n.op]), held = n.kind === "tensor" && (n.tensors ?? [n.tensor]);
    const bounds = [n.x - n.w / 2 - 12, n.y - n.h / 2 - 18, n.x + n.w / 2 + 18, n.y + n.h / 2 + 8];
    return { n, i, ops: group, tensors: held, bounds, layer: over, ...PARTS[n.kind], draw: drawBox };
  });
  const lines = level.edges.map((e) => {
    const along = e.path.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
    const [xs, ys] = [0, 1].map((odd) => along.filter((_, i) => i % 2 === odd));
    const bounds = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const from = boxes[e.from], to = boxes[e.to], crossed = crossings(from, to);
    return { e, crossed, side: to.ops ? to : from, bounds, layer: under, paint: paintLine, draw: () => drawLine(e) };
  });
  const rows = boxes.toSorted((a, b) => a.n.y - b.n.y || a.n.x - b.n.x);
  return { g, frames, boxes, rows, level, items: [...lines, ...boxes], active: [], view: null };
}

// An edge stands for every pair of a tensor and an operation at its two ends: when each is crossed, forward and back.
function crossings(from, to) {
  if (to.tensors) {
    const makers = from.ops.filter((op) => ops[op].outputs.some((t) => to.tensors.includes(t)));
    return makers.map((op) => ({ op, back: sweptAt[op] }));
  }
  const leaves = (t) => (from.tensors ? from.tensors.includes(t) : from.ops.includes(producer[t]));
  return to.ops.flatMap((op) => ops[op].inputs.filter(({ tensor }) => leaves(tensor)).map(({ tensor }) => (
    { op, back: sweptAt[op].filter((j) => fedAt[tensor].includes(j)) }
  )));
}

// Of repeats that are drawn once, the run of the current step is shown, else the first: which of R runs this is, and of
// the operations or tensors that a box stands for, in the order of the runs, those of that run.
function runOf(fold, R) {
  const box = currentBox();
  return box?.ops && box.n.fold === fold ? Math.floor(box.ops.indexOf(currentOp()) * R / box.ops.length) : 0;
}
function ofRun({ n }, list) {
  if (n.fold === undefined) return list;
  const parts = n.kind === "group" ? shown().frames[n.fold].runs : list.length; // an op box shows one op, a group many
  const run = runOf(n.fold, parts), size = list.length / parts;
  return list.slice(Math.floor(run * size), Math.floor((run + 1) * size));
}

// The path of a module of the first run, which names the frames and the groups of a fold, in the run that is shown.
function renamed(label) {
  const box = currentBox();
  if (box?.n.fold === undefined || !box.ops) return label;
  const [first, mine] = [box.ops[0], currentOp()].map((i) => ops[i].module.split(/[. ]/));
  const end = first.findIndex((part, i) => part !== mine[i]) + 1, path = first.slice(0, end).join(".");
  return end && label.startsWith(`${path}.`) ? mine.slice(0, end).join(".") + label.slice(path.length) : label;
}

function paintFrame({ c, i, el, runs }) {
  const which = runs > 1 ? `, run ${runOf(i, runs) + 1} of ${runs}` : "";
  const label = which ? c.label.replace(", the first is drawn", "") : renamed(c.label);
  const text = squeeze(label, Math.max(4, capacity(c.w - 12, 12) - which.length)) + which;
  if (el.textContent !== text) el.textContent = text;
}

// "idle" is what the phase never reaches: no gradient flows there.
const backward = () => now.k >= SEED;
const at = () => (backward() ? now.k - SEED - 1 : now.k); // which step of its phase
function progress(times) {
  if (!times.length) return "idle";
  if (times.includes(at())) return "now";
  return times.every((time) => time < at()) ? "done" : "todo";
}
const timesOf = (list) => (backward() ? list.flatMap((op) => sweptAt[op]) : list);

function setClass(item, css) {
  if (item.css !== css) item.el.setAttribute("class", (item.css = css));
}

function paint() {
  $("drawing").classList.toggle("backward", backward());
  for (const item of [...shown().frames, ...shown().active]) item.paint(item);
}

function paintLine(line) {
  const { crossed, side, e } = line, run = ofRun(side, side.ops);
  const times = (list) => list.flatMap(({ op, back }) => (backward() ? back : [op]));
  const own = times(crossed.filter(({ op }) => run.includes(op))); // none: it is another run's edge
  setClass(line, `edge ${progress(own.length ? own : times(crossed))}${e.loop ? " loop" : ""}`);
}

function paintBox(box, css, title, text, update) {
  setClass(box, `node ${css}${hits.boxes.has(box) ? " hit" : ""}`);
  if (box.text === title + text) return;
  box.text = title + text;
  box.title.textContent = title;
  update();
}

function paintOp(box) {
  const list = ofRun(box, box.ops), op = ops[list[0]];
  const title = [titleOf(op), op.module, op.line].filter(Boolean).join("\n");
  paintBox(box, `op ${progress(timesOf(list))}`, title, "", () => {});
}

function paintGroup(box) {
  const list = ofRun(box, box.ops), times = timesOf(list);
  const idle = list.length - times.length; // operations that no gradient reaches
  const count = `${backward() ? "backward" : "forward"} ${times.filter((i) => i <= at()).length} of ${times.length}`;
  const text = idle ? `${count}, ${idle} without` : count;
  const label = renamed(box.n.label), title = `${label}, ${box.n.sub}${idle ? `; no gradient reaches ${idle} of them` : ""}`;
  paintBox(box, `group-node ${progress(times)}`, title, text, () => {
    box.name.textContent = squeeze(label, capacity(box.n.w - 8, 13));
    box.progress.textContent = text;
  });
}

function paintTensor(box) {
  const [t] = ofRun(box, box.tensors), { k } = now, j = k - SEED - 1, info = tensors[t];
  const value = producer[t] <= k ? seen(frames[now.frame].values[t]) : null;
  const g = gradient(t, j), sight = backward() ? seen(g.sight) : null;
  const touched = backward() ? g.got > 0 && g.j === j : producer[t] === k;
  const badge = sight && g.of > 1 ? `${g.adds ? "+= " : ""}${g.got}/${g.of}` : "";
  const sum = (badge ? ` (${g.got} of ${g.of} contributions)` : "") + (g.hooked ? " (a hook changed it)" : "");
  const size = `${info.dtype} ${sized(info.shape)}`, about = `${nameOf(t)}: ${info.kind}, ${size}`;
  const title = `${about}\nvalue: ${full(value)}\ngradient: ${full(sight)}${sum}`;
  paintBox(box, `tensor ${info.kind}${touched ? " touched" : ""}`, title, badge, () => {
    const name = nameOf(t).length > box.letters ? info.name || madeBy(t) : nameOf(t);
    box.name.textContent = squeeze(name, box.letters);
    box.size.textContent = size;
    box.value.textContent = brief(value, "v", box.room);
    box.grad.textContent = brief(sight, "g", box.room);
    box.badge.setAttribute("visibility", badge ? "visible" : "hidden");
    box.count.textContent = badge;
    const mark = sight ? markOf(sight) : "";
    if (mark !== box.marked) setMark(box.mark, (box.marked = mark));
  });
}

const PARTS = {
  tensor: { fill: drawTensor, paint: paintTensor },
  op: { fill: drawOp, paint: paintOp },
  group: { fill: drawGroup, paint: paintGroup },
};

// ---- The view: zoom and pan, kept between steps --------------------------------------------------------------------

const shown = () => (built[now.level] ??= build(levels[now.level]));
const stage = () => $("drawing").getBoundingClientRect();
const currentOp = () => (now.k < SEED ? now.k : now.k > SEED ? frames[now.frame].steps[now.k - SEED - 1].op : -1);

function currentBox() {
  const { boxes, level } = shown(), op = currentOp();
  return boxes[op >= 0 ? level.where[op] : level.whose[frames[now.frame].seeds[0]?.[0]]];
}

function applyView(glide = false) {
  const { view: { x, y, s }, boxes } = shown();
  $("world").classList.toggle("gliding", glide && boxes.length < MANY);
  $("world").classList.toggle("far", s < FAR);
  $("world").style.transform = `translate(${x}px, ${y}px) scale(${s})`;
  cull();
}

function cull() {
  const { items, boxes, view: { x, y, s } } = shown(), { width, height } = stage();
  const [left, top, right, bottom] = [-x / s, -y / s, (width - x) / s, (height - y) / s];
  shown().active = items.filter((item) => {
    const [x0, y0, x1, y1] = item.bounds, meets = x0 < right && x1 > left && y0 < bottom && y1 > top;
    const inside = boxes.length < MANY || meets;
    if (inside === Boolean(item.inside)) return inside;
    item.inside = inside;
    item.el ??= item.draw(item);
    // taken out, not hidden: browsers lay out what is in a hidden <g> all the same
    if (inside) item.layer.append(item.el), item.paint(item);
    else item.el.remove();
    return inside;
  });
}

function setView(view, glide) {
  shown().view = view;
  applyView(glide);
}

const LEGIBLE = 0.6; // the least scale at which a whole drawing is better than a part of it
const margin = 28;

// What an open legend leaves of the stage; in a narrow one it lies over the drawing.
function room() {
  const { width, height } = stage(), legend = $("legend").open ? $("legend").offsetWidth + 10 : 0;
  const left = width > 2.5 * legend ? legend : 0;
  return { left, width: width - left, height };
}

function fitted() {
  const { left, width, height } = room(), { level } = shown();
  const s = Math.min((width - 2 * margin) / level.width, (height - 2 * margin) / level.height, 1.4);
  return { s, x: left + (width - s * level.width) / 2, y: (height - s * level.height) / 2, fit: true };
}
const fit = () => setView(fitted());

// What does not fit legibly starts at a size one can read, around the current step.
function firstView() {
  const { level } = shown(), box = currentBox(), { left, width, height } = room(), whole = fitted();
  if (whole.s >= LEGIBLE || !box) return setView({ ...whole, fit: false });
  const place = (at, length, space) => {
    const slack = space - length; // less than nothing where the drawing is larger than the stage
    return slack > 2 * margin ? slack / 2 : Math.min(margin, Math.max(slack - margin, space / 2 - at));
  };
  setView({ s: 1, x: left + place(box.n.x, level.width, width), y: place(box.n.y, level.height, height) });
  reveal(box);
}

// After the stage or the level has changed: as far as may be, what the reader chose to see.
function settle() {
  const { view } = shown();
  if (view?.own) applyView();
  else view?.fit ? fit() : firstView();
}

function zoom(factor, cx = stage().width / 2, cy = stage().height / 2) {
  const { view } = shown(), least = Math.min(0.02, fitted().s);
  const s = Math.min(4, Math.max(least, view.s * factor)), f = s / view.s;
  setView({ s, x: cx - f * (cx - view.x), y: cy - f * (cy - view.y), own: true });
}

function pan(dx, dy) {
  const { view } = shown();
  setView({ s: view.s, x: view.x + dx, y: view.y + dy, own: true });
}

// Move as little as it takes to have the node inside; nothing at all if it is.
function reveal(box) {
  const { left, width, height } = room();
  if (!box || !width) return;
  const { view } = shown(), { n } = box;
  const nudge = (centre, half, space) => {
    const low = centre - half - 26, high = centre + half + 26;
    return high - low > space ? space / 2 - centre : low < 0 ? -low : high > space ? space - high : 0;
  };
  const dx = nudge(view.x - left + view.s * n.x, view.s * n.w / 2, width);
  const dy = nudge(view.y + view.s * n.y, view.s * n.h / 2, height);
  if (dx || dy) setView({ ...view, x: view.x + dx, y: view.y + dy }, true);
}

// ---- 4. The side panel ---------------------------------------------------------------------------------------------

function html(tag, css, ...children) {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.append(...children.flat(3).filter(Boolean));
  return element;
}

function numeral(x, css = "") {
  const span = html("span", css, short(x));
  span.title = short(x, EXACT);
  return span;
}

const root = document.documentElement;
const isDark = () => root.dataset.theme === "dark" || (root.dataset.theme === "auto" && night.matches);
const ENDS = {
  light: [[33, 92, 158], [246, 246, 243], [176, 80, 6]],
  dark: [[112, 176, 245], [34, 37, 43], [247, 165, 84]],
};

// Blue below zero, orange above: told apart by every common kind of colour vision.
function hue(x) {
  const [low, middle, high] = ENDS[isDark() ? "dark" : "light"], end = x < 0 ? low : high, part = Math.abs(x) ** 0.8;
  return `rgb(${middle.map((m, i) => Math.round(m + part * (end[i] - m)))})`;
}

function heatMap(sight, size = 96) {
  const rows = sight.heat.length, columns = sight.heat[0].length, ratio = devicePixelRatio || 1;
  const cell = Math.max(4, Math.min(14, Math.floor(size / Math.max(rows, columns))));
  const canvas = html("canvas"), pen = canvas.getContext("2d");
  canvas.width = columns * cell * ratio, canvas.height = rows * cell * ratio;
  canvas.style.width = `${columns * cell}px`;
  pen.scale(ratio, ratio);
  const palette = Array.from({ length: 25 }, (_, i) => hue((i - 12) / 12));
  sight.heat.forEach((row, r) => [...row].forEach((letter, c) => {
    const sick = letter === "!" || letter === "^";
    pen.fillStyle = sick ? (isDark() ? "#fff" : "#000") : palette[letter.charCodeAt(0) - 97];
    pen.fillRect(c * cell, r * cell, cell, cell);
    pen.fillStyle = isDark() ? "#000" : "#fff";
    if (sick) pen.fillRect((c + 0.42) * cell, (r + 0.15) * cell, 0.16 * cell, 0.7 * cell); // a bar: not by colour only
    if (letter === "!") pen.fillRect((c + 0.15) * cell, (r + 0.42) * cell, 0.7 * cell, 0.16 * cell);
  }));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `heat map, from ${short(-sight.top)} to ${short(sight.top)}`);
  canvas.title = heatNote(sight);
  return canvas;
}

// How the picture was made, where that is not plain.
function heatNote({ shape, heat }) {
  const larger = shape.reduce((a, b) => a * b, 1) > heat.length * heat[0].length;
  const words = [larger && "each cell: the largest element of its part", shape.length > 2 && "rows: all axes but the last"];
  return words.filter(Boolean).join("; ");
}

function heatFigure(sight) {
  const bar = html("span", "bar"), scale = html("div", "scale", short(-sight.top), bar, short(sight.top));
  bar.style.background = `linear-gradient(to right, ${[-1, -0.5, 0, 0.5, 1].map(hue)})`;
  return html("figure", "", heatMap(sight), scale, html("figcaption", "", heatNote(sight)));
}

function cornerTable(sight) {
  const columns = sight.shape.at(-1) ?? 1, rows = sight.shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const rowOf = (_, r) => flat(sight).slice(r * columns, (r + 1) * columns);
  const values = sight.corner ?? Array.from({ length: rows }, rowOf);
  const table = html("table"), body = html("tbody");
  for (const row of values) {
    const cells = row.map((x) => html("td", "", numeral(x)));
    body.append(html("tr", "", ...cells, columns > row.length ? html("td", "", "…") : ""));
  }
  if (rows > values.length) body.append(html("tr", "", html("td", "", "⋮")));
  table.append(body);
  return table;
}

// A scalar as its number; an array as its shape, its figures, a corner of it and a heat map.
function display(sight, letter) {
  if (!sight) return html("span", "", "—");
  if (isScalar(sight)) return numeral(sight.all, "big");
  const few = sight.all !== undefined, range = few ? "" : `, from ${short(sight.min)} to ${short(sight.max)}`;
  const sick = !few && isSick(sight) ? `, ${sight.nan} NaN, ${sight.inf} infinite` : "";
  const more = few ? "" : `, mean ${short(sight.mean)}${sick}`;
  const words = `${sight.dtype} ${sized(sight.shape)}, ‖${letter}‖ = ${short(normOf(sight))}${range}${more}`;
  const corner = (sight.corner || few) && cornerTable(sight), heat = sight.heat && heatFigure(sight);
  const slim = !corner && !heat && now.frame > 0 && html("p", "about", "statistics only, after the first frame");
  return html("div", "array", html("p", "about", words), slim || html("div", "pair", corner, heat));
}

// A heading and what stands under it.
function section(head, small, sight, letter) {
  return [html("h3", "", head, html("small", "", small)), display(sight, letter)];
}
const row = (label, ...content) => html("div", "row-of", html("span", "", label), ...content);

function summand(caption, sight) {
  const words = isScalar(sight) ? numeral(sight.all) : `‖${short(normOf(sight))}‖`;
  return html("span", "", html("small", "", caption), sight.heat ? heatMap(sight, 60) : words);
}

// before + contribution = after; with the sign += where the input is used more than once.
function sumBox(use, count) {
  const [before, term, total] = [use.before, use.term, use.after].map(seen), name = nameOf(use.tensor);
  if (!before) {
    const which = count.of > 1 ? `the first of ${count.of} that add up` : "its whole gradient";
    return html("div", "sum", html("p", "title", `contribution to ${name}: ${which}`), display(term, "g"));
  }
  const parts = [summand("before", before), "+", summand("contribution", term), "=", summand("after", total)];
  const sum = html("div", "terms", ...parts);
  const words = `${name} is used again: contribution ${count.at} of ${count.of} is added`;
  const box = html("div", "sum adds", html("p", "title", html("span", "sign", "+="), words), sum);
  const first = (s) => (s.corner ? s.corner[0][0] : flat(s)[0]);
  if (!isScalar(term) && [before, term, total].every((s) => s.corner || s.all !== undefined)) {
    const [a, b, c] = [before, term, total].map((s) => short(first(s)));
    box.append(html("p", "about mono", `first element: ${a} + ${b} = ${c}`));
  }
  if (!isScalar(term)) box.append(html("p", "title", "Contribution"), display(term, "g"));
  return box;
}

function forwardDetail(op, values) {
  return [
    ...op.inputs.flatMap(({ tensor, name }) => section(`${name} `, `(${nameOf(tensor)})`, seen(values[tensor]), "v")),
    ...op.outputs.flatMap((t) => section("y ", `the output, ${nameOf(t)}`, seen(values[t]), "v")),
  ];
}

const CHANGED = "a hook changed it";

function backwardDetail(step, j) {
  const op = ops[step.op], added = {}, changed = hooksAt(j);
  const whose = (t) => `upstream: the finished gradient of ${nameOf(t)}${gradient(t, j).hooked ? `; ${CHANGED}` : ""}`;
  return [
    step.upstream.map((index, i) => section("g ", whose(op.outputs[i]), seen(index), "g")),
    step.uses.map((use) => {
      const history = histories[now.frame][use.tensor];
      added[use.tensor] = (added[use.tensor] ?? history.filter((h) => h.j < j).length) + 1;
      return useDetail(use, op.inputs[use.input].name, { at: added[use.tensor], of: history.length });
    }),
    changed.filter(({ t }) => !op.outputs.includes(t)).map(({ t, sight }) => (
      section(`gradient of ${nameOf(t)} `, CHANGED, seen(sight), "g")
    )),
  ];
}

function useDetail(use, name, count) {
  const local = seen(use.local);
  return [
    html("h3", "", `to ${name} `, html("small", "", `(${nameOf(use.tensor)})`)),
    use.formula && row("rule", html("code", "", use.formula)),
    use.numbers && row("in numbers", html("code", "", use.numbers)),
    local && row("local derivative", display(local, `∂y/∂${name}`)),
    use.note && row(local ? "note" : "local derivative", html("span", "", use.note)),
    sumBox(use, count),
  ];
}

function sentence() {
  const { k } = now, frame = frames[now.frame], prefix = frames.length > 1 && frame.label ? `${frame.label}: ` : "";
  const say = (index) => spoken(seen(index)), value = (t) => say(frame.values[t]);
  if (k === SEED) {
    const set = frame.seeds.map(([t, index]) => `the gradient of ${nameOf(t)} is set to ${say(index)}`);
    return `${prefix}Backward starts: ${set.join("; ")}.`;
  }
  const op = ops[currentOp()], what = `${op.name}${op.module ? ` in ${op.module}` : ""}`;
  if (k < SEED) {
    const given = op.inputs.map(({ tensor, name }) => `${name} = ${value(tensor)}`).join(" and ");
    const made = op.outputs.map((t) => `${nameOf(t)} = ${value(t)}`).join(", ");
    return `${prefix}${phase()}: ${what}. From ${given} it computes ${made}.`;
  }
  const step = frame.steps[k - SEED - 1];
  const uses = step.uses.slice(0, 3).map((use) => {
    const local = use.local === null ? "" : `the local derivative is ${say(use.local)}, so `;
    const sum = use.before === null ? "" : `, added to ${say(use.before)}: now ${say(use.after)}`;
    return ` Through ${op.inputs[use.input].name}, ${local}${nameOf(use.tensor)} receives ${say(use.term)}${sum}.`;
  });
  if (step.uses.length > 3) uses.push(` And ${step.uses.length - 3} more.`);
  const hooks = hooksAt(k - SEED - 1);
  const hooked = hooks.some(({ t }) => op.outputs.includes(t)) ? `; ${CHANGED}` : "";
  for (const { t, sight } of hooks) {
    if (!op.outputs.includes(t)) uses.push(` Then ${CHANGED}: the gradient of ${nameOf(t)} is ${say(sight)}.`);
  }
  const upstream = `The upstream gradient is ${step.upstream.map(say).join(" and ")}${hooked}.`;
  return `${prefix}${phase()}: ${what}. ${upstream}${uses.join("")}`;
}

function phase() {
  const { k } = now;
  if (k === SEED) return "Backward: the seed";
  return k < SEED ? `Forward step ${k + 1} of ${N}` : `Backward step ${k - SEED} of ${order.length}`;
}

function describe() {
  const { k } = now, frame = frames[now.frame], op = ops[currentOp()], j = k - SEED - 1;
  $("phase").textContent = phase();
  $("step-text").textContent = sentence();
  if (!op) {
    $("step-title").replaceChildren("The sweep starts");
    const seeds = frame.seeds.flatMap(([t, s]) => section("g ", `gradient of ${nameOf(t)}`, seen(s), "g"));
    $("detail").replaceChildren(...seeds);
    return;
  }
  $("step-title").replaceChildren(html("span", "symbol", op.label), op.name === op.label ? "" : op.name);
  const about = [op.params && html("code", "", op.params), op.module, op.line && html("code", "", op.line)];
  const detail = k < SEED ? forwardDetail(op, frame.values) : backwardDetail(frame.steps[j], j);
  $("detail").replaceChildren(html("div", "", about.map((x) => x && html("p", "where", x)), detail));
}

// ---- 5. Controls ---------------------------------------------------------------------------------------------------

function show(revealing = true) {
  const box = currentBox();
  if (revealing) reveal(box);
  paint();
  tabStop(box);
  describe();
  const { k } = now, held = document.activeElement;
  $("slider").value = k;
  $("slider").setAttribute("aria-valuetext", $("phase").textContent);
  $("counter").textContent = `step ${k + 1} of ${STEPS}`;
  $("first").disabled = $("back").disabled = k === 0;
  $("last").disabled = $("next").disabled = k === STEPS - 1;
  if (held?.disabled) $(k ? "back" : "next").focus(); // a disabled button would lose the keyboard
  $("frame").value = now.frame;
  $("frame-label").textContent = frames[now.frame].label || `frame ${now.frame + 1} of ${frames.length}`;
  rememberAddress();
}

// One node at a time takes part in the tab order, else a large drawing would trap the keyboard.
function tabStop(box) {
  $("world").querySelector('[tabindex="0"]')?.setAttribute("tabindex", -1);
  box?.el?.setAttribute("tabindex", 0);
}

const clamp = (x, most) => Math.max(0, Math.min(most, Math.round(Number(x) || 0)));

function go(k) {
  now.k = clamp(k, STEPS - 1);
  show();
}

function setFrame(f) {
  now.frame = clamp(f, frames.length - 1);
  show(false);
}

function setLevel(i) {
  now.level = clamp(i, levels.length - 1);
  $("level").value = now.level;
  $("world").replaceChildren(shown().g);
  markHits();
  settle();
  show();
}

// Browsers limit how often an address may change, and a sandboxed frame may not change it at all.
let addressTimer = 0;
function rememberAddress() {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    const more = (now.frame ? `&frame=${now.frame}` : "") + (now.level === START ? "" : `&level=${now.level}`);
    try { history.replaceState(null, "", `#step=${now.k}${more}`); } catch { /* no address to keep */ }
  }, 120);
}

function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  now.frame = clamp(asked.get("frame"), frames.length - 1);
  now.k = clamp(asked.get("step"), STEPS - 1);
  setLevel(asked.get("level") ?? START);
}

// Either the steps play or the frames do.
const running = { what: "", timer: 0 };
function play(what) {
  clearTimeout(running.timer);
  running.what = what;
  $("play").classList.toggle("playing", what === "steps");
  $("frame-play").classList.toggle("playing", what === "frames");
  $("play").setAttribute("aria-label", what === "steps" ? "Pause" : "Play");
  $("frame-play").setAttribute("aria-label", what === "frames" ? "Pause the frames" : "Play over the frames");
  $("drawing").classList.toggle("playing-now", what === "steps");
  const pause = 1200 / $("speed").value, hurried = Boolean(what) && pause < 1000; // too fast to be read aloud
  if (what) running.timer = setTimeout(tick, pause);
  const live = $("step-text"), silent = live.getAttribute("aria-live") === "off";
  live.setAttribute("aria-live", hurried ? "off" : "polite");
  if (silent && !hurried) live.textContent = sentence(); // what was passed over in silence is spoken now
}
function tick() {
  const steps = running.what === "steps";
  steps ? go(now.k + 1) : setFrame(now.frame + 1);
  play((steps ? now.k < STEPS - 1 : now.frame < frames.length - 1) ? running.what : "");
}
function toggle(what) {
  if (running.what === what) return play("");
  if (what === "steps" && now.k === STEPS - 1) go(0);
  if (what === "frames" && now.frame === frames.length - 1) setFrame(0);
  play(what);
}
const stepTo = (k) => { play(""); go(k); };

const hits = { list: [], at: -1, boxes: new Set() };
function search() {
  const query = $("search").value.trim().toLowerCase();
  const rank = (words) => Math.min(...words.filter((w) => w && w.toLowerCase().includes(query)).map((w) => w.length));
  const found = query ? [
    ...tensors.map((t, i) => ({ tensor: i, rank: rank([t.name]), stops: stopsOfTensor(i) })),
    ...ops.map((op, i) => ({ op: i, rank: rank([op.name, op.label, op.module]), stops: stopsOfOps([i]) })),
  ].filter((hit) => hit.rank < Infinity && hit.stops.length) : [];
  const exact = (hit) => (hit.rank === query.length ? 0 : 1); // the very name first, then in order of the program
  Object.assign(hits, { list: found.sort((a, b) => exact(a) - exact(b)), at: -1 });
  $("hits").textContent = query ? `${found.length} found` : "";
  markHits();
  paint();
}
function boxOfHit(hit) {
  const { boxes, level } = shown();
  return boxes[hit.op !== undefined ? level.where[hit.op] : level.whose[hit.tensor]];
}
function markHits() {
  hits.boxes = new Set(hits.list.map(boxOfHit).filter(Boolean));
}
function nextHit(by) {
  if (!hits.list.length) return;
  hits.at = (hits.at + by + hits.list.length) % hits.list.length;
  stepTo(hits.list[hits.at].stops[0]);
  reveal(boxOfHit(hits.list[hits.at]));
  $("hits").textContent = `${hits.at + 1} of ${hits.list.length}`;
}

// A first click goes to the node's main step, further ones to its other steps in turn.
let visited = null; // a second visit in a row goes to another step of the node; tensors of one step share their first
function visit(el) {
  const box = shown().boxes[el.dataset.node], { n } = box;
  const stops = box.ops ? stopsOfOps(box.ops) : stopsOfTensor(ofRun(box, box.tensors)[0]);
  const next = n.kind !== "tensor" || visited === el ? (stops.indexOf(now.k) + 1) % stops.length : 0;
  visited = el;
  if (stops.length) stepTo(stops[next]);
}

function setTheme(theme) {
  $("theme").value = theme;
  root.dataset.theme = $("theme").value ||= "auto"; // what is stored may be no theme of ours
  try { localStorage.setItem("glassgrad-theme", root.dataset.theme); } catch { /* a sandboxed frame has no storage */ }
  describe(); // heat maps hold pixels of the old theme
}

function pointers() {
  const down = new Map(), canvas = $("drawing");
  const framed = window.self !== window.top;
  let moved = 0, entered = !framed; // in a notebook the wheel scrolls the notebook, until a click into the drawing
  const spread = () => { const [a, b] = [...down.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
  canvas.addEventListener("wheel", (e) => {
    if (!entered && !e.ctrlKey && !e.metaKey) return;
    e.preventDefault();
    const { left, top } = stage();
    const turn = Math.max(-200, Math.min(200, e.deltaY * (e.deltaMode ? 30 : 1))); // lines or pixels
    zoom(Math.exp(-turn / 500), e.clientX - left, e.clientY - top);
  }, { passive: false });
  canvas.addEventListener("pointerleave", () => (entered = !framed));
  canvas.addEventListener("pointerdown", (e) => {
    entered = true;
    down.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (down.size === 1) moved = 0;
  });
  canvas.addEventListener("pointermove", (e) => {
    const last = down.get(e.pointerId);
    if (!last) return;
    const before = down.size === 2 ? spread() : 0, dx = e.clientX - last.x, dy = e.clientY - last.y;
    moved += Math.hypot(dx, dy);
    if (moved < 4) return; // a shaky click is no drag
    if (!canvas.hasPointerCapture(e.pointerId)) canvas.setPointerCapture(e.pointerId);
    canvas.classList.add("dragging");
    down.set(e.pointerId, { x: e.clientX, y: e.clientY });
    pan(dx / down.size, dy / down.size);
    if (before) zoom(spread() / before, e.clientX - stage().left, e.clientY - stage().top);
  });
  const release = (e) => {
    down.delete(e.pointerId);
    canvas.classList.remove("dragging");
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("click", (e) => {
    const node = e.target.closest("[data-node]");
    if (node && moved < 4) visit(node);
  });
}

// What a key does, and a button of the same meaning.
const ACTS = {
  first: () => stepTo(0),
  back: () => stepTo(now.k - 1),
  play: () => toggle("steps"),
  next: () => stepTo(now.k + 1),
  last: () => stepTo(STEPS - 1),
  fit,
  "zoom-in": () => zoom(1.25),
  "zoom-out": () => zoom(0.8),
  "frame-play": () => toggle("frames"),
  "show-keys": () => ($("keys").open ? $("keys").close() : $("keys").showModal()),
  search: () => $("search").focus(),
};
const KEYS = {
  Home: "first", ArrowLeft: "back", " ": "play", ArrowRight: "next", End: "last",
  f: "fit", "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", "/": "search", "?": "show-keys",
};

function keyboard(e) {
  const { target, key } = e;
  if (e.ctrlKey || e.metaKey || e.altKey || ($("keys").open && key !== "?")) return;
  if (target === $("search")) {
    if (key === "Enter") nextHit(e.shiftKey ? -1 : 1);
    if (key === "Escape") { target.value = ""; search(); $("drawing").focus(); }
    return; // all else is typing
  }
  // what a control does with a key by itself is not done twice
  if (target.matches("select") || (key === " " && target.matches("button, summary"))) return;
  if (target.matches("input") && /^(Arrow|Home|End|Page)/.test(key)) return;
  const node = target.closest?.("[data-node]");
  if (node && key === "Enter") return visit(node);
  if (node && (key === "ArrowDown" || key === "ArrowUp")) {
    const { rows, boxes } = shown(), by = key === "ArrowDown" ? 1 : -1;
    const next = rows[rows.indexOf(boxes[node.dataset.node]) + by];
    if (next) { reveal(next); tabStop(next); next.el.focus({ preventScroll: true }); }
    return e.preventDefault();
  }
  if (!KEYS[key]) return;
  e.preventDefault();
  ACTS[KEYS[key]]();
}

function start() {
  $("title").textContent = data.title;
  const help = "Up and down arrows move between nodes, Enter goes to a node's step.";
  $("drawing").setAttribute("aria-label", `Computation graph of ${data.title}: ${N} operations. ${help}`);
  $("slider").max = STEPS - 1;
  const split = `calc(8px + (100% - 16px) * ${SEED / Math.max(1, STEPS - 1)})`; // 8px: half the slider's thumb
  $("slider").parentElement.style.setProperty("--split", split);
  levels.forEach((level, i) => $("level").append(new Option(level.name, i)));
  $("level-box").hidden = levels.length < 2;
  $("frames").hidden = frames.length < 2;
  $("frame").max = frames.length - 1;
  for (const [id, act] of Object.entries(ACTS)) if (id !== "search") $(id).addEventListener("click", act);
  $("slider").addEventListener("input", (e) => stepTo(e.target.value));
  $("frame").addEventListener("input", (e) => { play(""); setFrame(e.target.value); });
  $("level").addEventListener("change", (e) => setLevel(e.target.value));
  $("speed").addEventListener("change", () => running.what && play(running.what));
  $("theme").addEventListener("change", (e) => setTheme(e.target.value));
  $("search").addEventListener("input", search);
  document.addEventListener("keydown", keyboard);
  addEventListener("hashchange", () => { play(""); readAddress(); });
  night.addEventListener("change", describe);
  pointers();
  $("legend").open = innerWidth > 1100 && innerHeight > 700 && fitted().s >= LEGIBLE;
  if (fitted().s < LEGIBLE) $("legend").open = false; // it left too little for the drawing
  $("explodes").textContent = short(EXPLODES);
  readAddress();
  let theme = "auto";
  try { theme = localStorage.getItem("glassgrad-theme") ?? theme; } catch { /* a sandboxed frame has no storage */ }
  setTheme(theme);
  new ResizeObserver(settle).observe($("drawing"));
  $("legend").addEventListener("toggle", settle);
}

start();

// What tests and a curious console may read and do.
window.player = Object.freeze({
  get step() { return now.k; },
  get steps() { return STEPS; },
  get frame() { return now.frame; },
  get frames() { return frames.length; },
  get level() { return now.level; },
  get levels() { return levels.length; },
  get view() { return { ...shown().view }; },
  get playing() { return running.what; },
  short,
  go: stepTo, setFrame, setLevel, fit,
});
