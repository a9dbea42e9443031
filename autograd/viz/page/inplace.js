// Opening a module in place: its inside is cut out of a more open drawing, where Graphviz laid it out, and the drawing
// around it is stretched. Each axis is mapped so that no distance gets shorter: what was apart stays apart.

const opened = new Set(); // keys of the modules that the reader opened
levels.forEach((level, l) => level.nodes.forEach((n, i) => { if (n.inside) n.key = `${l}.${i}`; }));

const EDGES = [14, 30]; // around what has no frame of its own: at the sides and below, and for its title
const inRect = ([x, y], r) => x >= r.x && x <= r.x + r.w && y >= r.y && y <= r.y + r.h;

// The map of an axis: each hole, from a to b, becomes at least as long as what goes into it.
function stretched(holes) {
  const ramps = [], map = (x) => ramps.reduce((sum, [a, b, more]) => sum + more * Math.max(0, Math.min(1, (x - a) / (b - a))), x);
  for (const [a, b, needed] of holes) ramps.push([a, b, Math.max(0, needed - (map(b) - map(a)))]);
  return map;
}

// What an edge stands for: each tensor with the operation that takes it, none where a box of it is drawn.
function carried(from, to) {
  const list = (n) => n.ops ?? (n.kind === "op" ? [n.op] : []), held = (n) => n.tensors ?? [n.tensor];
  const leaves = (t) => (from.kind === "tensor" ? held(from).includes(t) : list(from).includes(producer[t]));
  if (to.kind === "tensor") return held(to).filter(leaves).map((t) => `${t}`);
  return list(to).flatMap((op) => ops[op].inputs.filter(({ tensor }) => leaves(tensor)).map(({ tensor }) => `${tensor}.${op}`));
}

// Where a curve enters a rectangle for the last time, and what follows; null of one that begins inside.
function entering(points, rect) {
  for (let k = points.length - 4; k >= 0; k -= 3) {
    if (inRect(points[k], rect)) continue;
    let [low, high] = [0, 1];
    const split = (t) => { // de Casteljau: what lies behind t
      const mix = (list) => list.slice(1).map((q, i) => [0, 1].map((axis) => list[i][axis] * (1 - t) + q[axis] * t));
      const a = points.slice(k, k + 4), b = mix(a), c = mix(b), [d] = mix(c);
      return [d, c[1], b[2], a[3]];
    };
    for (let i = 0; i < 20; i++) {
      const middle = (low + high) / 2;
      if (inRect(split(middle)[0], rect)) high = middle; else low = middle;
    }
    return [...split(high), ...points.slice(k + 4)];
  }
  return null;
}

const straight = (a, b) => [a, ...[1, 2].map((k) => [0, 1].map((axis) => a[axis] + (b[axis] - a[axis]) * k / 3)), b];
function moved(points, end, [x, y]) { // with its last point there, or its first
  const at = end ? points.length - 1 : 0, [dx, dy] = [x - points[at][0], y - points[at][1]];
  return points.map((p, i) => (Math.abs(i - at) < 2 ? [p[0] + dx, p[1] + dy] : p));
}

// A drawing, or the cutting of one that `part` says, with the insides of the open modules in it: nodes, frames, lines,
// and, of a cutting, the lines that cross its border, by what they carry.
function composed(l, part, home) {
  const level = levels[l], keep = part?.nodes ?? level.nodes.map((_, i) => i);
  const frames = (part?.frames ?? level.clusters.map((_, i) => i)).map((i) => ({ i, ...level.clusters[i] }));
  const inside = new Map(keep.map((i) => [i, level.nodes[i]])), holes = new Map();
  for (const [i, n] of inside) if (opened.has(n.key)) holes.set(i, composed(n.inside.level, n.inside, n));
  const spans = (at, size) => [...holes].map(([i, { rect }]) => { const n = inside.get(i); return [n[at] - n[size] / 2, n[at] + n[size] / 2, rect[size]]; });
  const X = stretched(spans("x", "w")), Y = stretched(spans("y", "h")), place = ([x, y]) => [X(x), Y(y)];
  const nodes = new Map([...inside].map(([i, n]) => [i, { ...n, x: X(n.x), y: Y(n.y) }]));
  const stretch = (c) => ({ ...c, x: X(c.x), y: Y(c.y), w: X(c.x + c.w) - X(c.x), h: Y(c.y + c.h) - Y(c.y), ...(c.room && { room: X(c.x + c.room) - X(c.x) }) });
  const clusters = frames.map(stretch), own = part && clusters[0];
  let rect = own;
  if (!rect) {
    const sides = [...nodes.values()].flatMap((n) => [[n.x - n.w / 2, n.y - n.h / 2], [n.x + n.w / 2, n.y + n.h / 2]]);
    const [low, high] = [Math.min, Math.max].map((of) => [0, 1].map((axis) => of(...sides.map((p) => p[axis]))));
    rect = { x: low[0] - EDGES[0], y: low[1] - EDGES[1], w: high[0] - low[0] + 2 * EDGES[0], h: high[1] - low[1] + EDGES[0] + EDGES[1] };
  }
  // lines: stiff at their nodes, elastic between
  const ports = { in: [], out: [] }, lines = [];
  for (const e of level.edges) {
    const [a, b] = [inside.get(e.from), inside.get(e.to)];
    if (!a && !b) continue;
    const numbers = e.path.match(/-?[\d.]+(e-?\d+)?/g).map(Number), points = numbers.flatMap((x, i) => (i % 2 ? [] : [[x, numbers[i + 1]]]));
    const stiff = (from, to) => (from ? ([x, y]) => [x + to.x - from.x, y + to.y - from.y] : place);
    const solid = (i) => inside.has(i) && !holes.has(i);
    const begins = stiff(solid(e.from) && a, nodes.get(e.from)), ends = stiff(solid(e.to) && b, nodes.get(e.to));
    const bent = points.map((p, i) => (i < 2 ? begins : i >= points.length - 2 ? ends : place)(p));
    const whole = { ...e, ...(e.label && { lx: X(e.lx), ly: Y(e.ly) }), points: bent, from: nodes.get(e.from), to: nodes.get(e.to), carries: carried(level.nodes[e.from], level.nodes[e.to]) };
    if (a && b) lines.push(whole);
    else if (part) {
      const way = a ? entering(bent.toReversed(), rect)?.toReversed() : entering(bent, rect);
      if (way) ports[a ? "out" : "in"].push({ ...whole, points: way });
    }
  }
  const all = { nodes: [...nodes].filter(([i]) => !holes.has(i)).map(([, n]) => n), clusters: own ? clusters.slice(1) : clusters, lines, ports, rect, own, width: X(level.width), height: Y(level.height) };
  // what a node belongs to, of runs drawn once: a frame that is here, or one around the cutting
  for (const [i, n] of nodes) if (n.fold !== undefined) n.fold = clusters.find((c) => c.i === n.fold) ?? home?.fold;
  for (const [i, inner] of holes) fill(all, nodes.get(i), inner, inside.get(i), place);
  return all;
}

// Put the inside of a module where its box was; lines that end at the box go on to what they mean.
function fill(all, n, inner, was, place) {
  const [x, y] = place([was.x - was.w / 2, was.y - was.h / 2]), [right, low] = place([was.x + was.w / 2, was.y + was.h / 2]);
  const dx = (x + right - inner.rect.w) / 2 - inner.rect.x, dy = (y + low - inner.rect.h) / 2 - inner.rect.y;
  const shift = (thing) => { thing.x += dx, thing.y += dy; }, far = (p) => [p[0] + dx, p[1] + dy];
  const frame = Object.assign(inner.own ?? { label: n.label }, { x, y, w: right - x, h: low - y, key: n.key });
  for (const node of inner.nodes) if (node.fold === undefined || node.fold === was.fold) node.fold = n.fold;
  inner.nodes.forEach(shift), inner.clusters.forEach(shift);
  for (const line of [...inner.lines, ...inner.ports.in, ...inner.ports.out]) {
    line.points = line.points.map(far);
    if (line.label) line.lx += dx, line.ly += dy;
  }
  all.nodes.push(...inner.nodes);
  all.clusters.push(frame, ...inner.clusters);
  const go = (list) => list.flatMap((line) => [[line, "to", "in"], [line, "from", "out"]].reduce((lines, [, end, way]) => (
    lines.flatMap((one) => (one[end] === n ? goesOn(one, end, inner, inner.ports[way]) : [one]))
  ), [line]));
  Object.assign(all, { lines: [...go(all.lines), ...inner.lines], ports: { in: go(all.ports.in), out: go(all.ports.out) } });
}

function goesOn(line, end, inner, ports) {
  const join = ({ points, ...port }) => {
    const [first, then] = end === "to" ? [moved(line.points, true, points[0]), points] : [points, moved(line.points, false, points.at(-1))];
    return { ...line, label: line.label || port.label, points: [...first, ...then.slice(1)], [end]: port[end] };
  };
  const met = ports.filter((port) => port.carries.some((what) => line.carries.includes(what)));
  if (met.length) return met.map(join);
  // none in the other drawing: the shortest way
  const aims = new Set(line.carries.map((what) => {
    const [t, op] = what.split(".").map(Number), sought = end === "to" ? op : producer[t];
    return inner.nodes.find((node) => (node.ops ?? [node.op]).includes(sought));
  }));
  return [...aims].filter(Boolean).map((node) => {
    const at = line.points.at(end === "to" ? -1 : 0), edge = [node.x, node.y + Math.sign(at[1] - node.y) * node.h / 2];
    return join({ points: end === "to" ? straight(at, edge) : straight(edge, at), [end]: node });
  });
}

// The drawing of a level as the reader opened it, in the form of the levels that Python laid out.
function drawingOf(l) {
  if (!levels[l].nodes.some(({ key }) => opened.has(key))) return levels[l];
  const { nodes, clusters, lines, width, height } = composed(l), place = new Map(nodes.map((n, i) => [n, i])), known = new Map(clusters.map((c, i) => [c, i]));
  const where = ops.map(() => -1), whose = tensors.map(() => -1);
  nodes.forEach((n, i) => {
    if (n.kind === "tensor") for (const t of n.tensors ?? [n.tensor]) whose[t] = whose[t] < 0 ? i : whose[t];
    else for (const op of n.ops ?? [n.op]) where[op] = i;
    n.fold = known.get(n.fold);
  });
  const edges = lines.map(({ points, from, to, ...line }) => {
    const [start, ...rest] = points.map((p) => p.map((x) => x.toFixed(1)).join());
    return { ...line, path: `M${start}C${rest.join(" ")}`, from: place.get(from), to: place.get(to) };
  });
  return { ...levels[l], nodes, clusters, edges, where, whose, width, height };
}

// Open a module, or close it: what was clicked stays where it is as far as that can be seen.
function opens(key, on) {
  const find = () => shown().level.clusters.find((c) => c.key === key) ?? shown().level.nodes.find((n) => n.key === key);
  const top = (thing) => (thing.kind ? [thing.x, thing.y - thing.h / 2] : [thing.x + thing.w / 2, thing.y]);
  const { view } = shown(), [x0, y0] = top(find());
  opened[on ? "add" : "delete"](key);
  built.length = 0;
  const thing = find(), [x1, y1] = top(thing), { width, height } = room();
  const whole = Math.min((width - 2 * margin) / thing.w, (height - 2 * margin) / thing.h); // all of it, but at a size one can read
  const s = on ? Math.max(LEGIBLE, Math.min(view.s, whole)) : view.s;
  shown().view = { s, x: view.x + view.s * x0 - s * x1, y: view.y + view.s * y0 - s * y1, own: true };
  $("world").replaceChildren(shown().g);
  markHits();
  applyView();
  show(false);
  const h = Math.min(thing.h, (height - 2 * margin) / s); // of what is too high the upper end
  reveal({ n: thing.kind ? thing : { ...thing, h, x: thing.x + thing.w / 2, y: thing.y + h / 2 } });
  const first = on ? shown().rows.find(({ n }) => inRect([n.x, n.y], thing)) : shown().boxes.find(({ n }) => n.key === key);
  tabStop(first), first.el?.focus({ preventScroll: true });
  rememberAddress();
}

// Of the open modules the innermost around what has the focus, or else the one that was opened last.
function openAround(node) {
  const n = node && shown().boxes[node.dataset.node].n, open = shown().level.clusters.filter((c) => c.key);
  const around = n ? open.filter((c) => inRect([n.x, n.y], c)).sort((a, b) => a.w * a.h - b.w * b.h) : [];
  return around[0]?.key ?? [...opened].findLast((key) => open.some((c) => c.key === key));
}
