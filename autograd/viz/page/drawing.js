// The drawing

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
  const plain = t.shape.length ? "plain" : ""; // what gives way to the numbers themselves where one looks closely
  box.size = put(1, 10, "", { class: `quiet ${plain}` });
  put(2, 10, "value", { class: `quiet ${plain}` });
  put(3, 10, "grad", { class: `quiet ${plain}` });
  const number = { x: right, "text-anchor": "end", class: `number ${plain}` };
  const cell = (x, i) => svg("text", { x, y: n.y + pitch * (0.52 * i - 0.25), "font-size": 5.6 * unit, class: i ? "number close" : "quiet close" }, el);
  box.close = [left, n.x + 3].map((x) => (plain ? Array.from({ length: 5 }, (_, i) => cell(x, i)) : []));
  box.value = put(2, 10.5, "", { ...number, "data-value": n.tensor });
  box.grad = put(3, 10.5, "", { ...number, "data-grad": n.tensor });
  box.letters = capacity(n.w - 18, 12 * unit);
  box.room = Math.floor((n.w - 18) / (6.4 * unit)) - 5;
  box.mark = svg("g", { class: "mark", transform: `translate(${right + 15} ${line(3) - 4})` }, el);
  box.badge = svg("g", { class: "badge", transform: `translate(${right - 13} ${top - 7})`, visibility: "hidden" }, el);
  svg("rect", { x: -27, y: -8.5, width: 54, height: 17, rx: 8.5 }, box.badge);
  box.count = svg("text", { y: 3.5 }, box.badge);
}

// The first numbers of the value and of the gradient, in columns; of the value more, as long as it is alone.
function paintClose(box, sights) {
  box.close.forEach((lines, half) => {
    const { values = [] } = sights[half] && !sights[half].frozen ? cornerOf(sights[half]) : {};
    lines.forEach((line, i) => {
      const row = i ? values[i - 1] ?? [] : [["value", "grad"][half]];
      line.textContent = row.slice(0, sights[1] ? 2 : 4).map((x) => (i ? short(x, 2).padStart(7) : x)).join(" ");
    });
  });
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
  if (n.key) svg("path", { class: "sign", d: `M${n.x + n.w / 2 - 15},${n.y - n.h / 2 + 9}h8m-4,-4v8` }, box.el);
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

// In the corner of a module that the reader opened.
function drawClose(c, cluster) {
  const button = svg("g", { role: "button", tabindex: 0, class: "shut", "data-close": c.key }, cluster), [x, y] = [c.x + c.w - 24, c.y + 6];
  svg("title", {}, button, `Close ${c.label} (Esc)`);
  svg("rect", { x, y, width: 18, height: 18, rx: 4 }, button);
  svg("path", { class: "sign", d: `M${x + 5},${y + 9}h8` }, button);
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
    if (c.key) drawClose(c, cluster);
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
  const text = squeeze(label, Math.max(4, capacity(Math.min(c.w - (c.key ? 24 : 0), c.room ?? c.w) - 12, 12) - which.length)) + which;
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
  const label = renamed(box.n.label), title = `${label}, ${box.n.sub}${idle ? `; no gradient reaches ${idle} of them` : ""}${box.n.key ? "; a click opens it" : ""}`;
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
  const near = isNear() && info.shape.length;
  paintBox(box, `tensor ${info.kind}${touched ? " touched" : ""}`, title, `${badge}${near}`, () => {
    if (near) paintClose(box, [value, sight]);
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
