// Arrays as what they are. The last two axes are a tile: a picture, a filter, a map of attention; of more axes the tiles
// lie side by side. Around the element that the reader points at its neighbours stand as numbers.

const ROOM = [286, 200], GAP = 3, EDGE = 2, WINDOW = [4, 5]; // pixels for a picture; rows and columns of numbers

// What is shown of an array: its sight, and as long as the tape holds these numbers the whole of it.
function look(pick, tensor, gradient = false) {
  const sight = seen(pick(frames[now.frame])), current = live && (now.frame === LIVE || (now.frame === 0 && !lab.log.length));
  const v = current ? memoryOf(pick(frames[LIVE])) : -1;
  return !sight || !(v >= 0) || sight.frozen ? sight : { ...sight, array: tape.memory[v], kind: tape.kinds[v][0], tensor: gradient ? undefined : tensor, image: tensors[tensor]?.image };
}
function lookAt(v) { // a value of the tape that stands in no frame
  return { ...sightOf(tape.memory[v], tape.kinds[v], tape.broken || tape.stale[v]), array: tape.memory[v], kind: tape.kinds[v][0] };
}

// An input of one or three channels that is looked at as a picture is shown as one; so is one whose rows are pictures.
function isPicture({ tensor, shape }) {
  return tensor !== undefined && tensors[tensor].kind === "input" && shape.length === 4 && (shape[1] === 1 || shape[1] === 3) && shape[3] > 3;
}
const laid = ({ shape, image }) => (image ? [shape[0], ...image] : shape);

// How an array lies in tiles of h by w cells; null of what is too large to be drawn cell by cell.
function tiling(shape, colours) {
  const [h, w] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1], lead = shape.slice(0, colours > 1 ? -3 : -2);
  const count = product(lead), own = lead.length > 1 ? lead.at(-1) : 1, side = Math.max(28, Math.min(140, Math.sqrt(30000 / count)));
  const fit = (cell) => Math.max(1, Math.floor((ROOM[0] + GAP) / (w * cell + GAP)));
  let cell = Math.min(14, Math.floor(side / Math.sqrt(h * w)), Math.floor(ROOM[0] / w), Math.floor(2 * ROOM[1] / h));
  if (cell < 1) return null;
  while (cell > 2 && fit(cell) < own) cell--; // a sample in a row of its own, if that can be seen
  const across = own > 1 && own <= fit(cell) ? own : Math.min(count, fit(cell));
  const down = Math.min(Math.ceil(count / across), Math.max(1, Math.floor((ROOM[1] + GAP) / (h * cell + GAP))));
  return { h, w, cell, across, down, count, shown: Math.min(count, across * down), colours };
}

// Where an element lies: in which tile, row and column; and which one lies there.
function placed({ h, w, colours }, i) {
  return [Math.floor(i / (h * w * colours)), Math.floor(i / w) % h, i % w];
}
const elementAt = ({ h, w, colours }, tile, r, c) => (tile * colours * h + r) * w + c;

// Every cell as a pixel, and then each tile enlarged.
function bitmap({ array, min, max }, tiles, picture) {
  const { h, w, cell, across, down, shown, colours } = tiles, ratio = devicePixelRatio || 1;
  const canvas = html("canvas"), pen = canvas.getContext("2d"), small = html("canvas"), dot = small.getContext("2d");
  canvas.width = (across * (w * cell + GAP) - GAP + 2 * EDGE) * ratio, canvas.height = (down * (h * cell + GAP) - GAP + 2 * EDGE) * ratio;
  small.width = w, small.height = h;
  pen.setTransform(ratio, 0, 0, ratio, EDGE * ratio, EDGE * ratio), (pen.imageSmoothingEnabled = false);
  const top = array.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0), [sick, sound] = isDark() ? [255, 0] : [0, 255];
  const palette = Array.from({ length: 65 }, (_, i) => tint((i - 32) / 32));
  const grey = (x) => 255 * (x - min) / (max - min || 1);
  for (let tile = 0; tile < shown; tile++) {
    const image = dot.createImageData(w, h), bad = [];
    for (let k = 0; k < h * w; k++) {
      const i = tile * colours * h * w + k, x = array[i];
      let rgb = Number.isFinite(x) ? picture ? [0, 1, 2].map((c) => grey(array[i + (colours > 1 ? c * h * w : 0)])) : palette[top ? Math.round(32 * x / top) + 32 : 32] : null;
      if (!rgb) bad.push(k), (rgb = [sick, sick, sick]);
      image.data.set([...rgb, 255], 4 * k);
    }
    const left = (tile % across) * (w * cell + GAP), up = Math.floor(tile / across) * (h * cell + GAP);
    dot.putImageData(image, 0, 0);
    pen.drawImage(small, left, up, w * cell, h * cell);
    pen.fillStyle = `rgb(${[sound, sound, sound]})`; // a bar in what is no number: not by colour only
    for (const k of bad) pen.fillRect(left + (k % w + 0.4) * cell, up + (Math.floor(k / w) + 0.15) * cell, 0.2 * cell, 0.7 * cell);
  }
  return { canvas, top };
}

const views = []; // of the step that is shown

// The numbers around an element, and the picture of all: a view that a pointer or the arrow keys go about in.
function arrayView(sight, letter) {
  const shape = laid(sight), picture = isPicture({ ...sight, shape }), colours = picture ? shape[1] : 1, tiles = tiling(shape, colours);
  if (!tiles || !sight.array.length) return null;
  const view = { sight, letter, tiles, at: 0, from: [0, 0], lit: new Set(), table: html("table"), told: html("p", "about mono told") };
  view.el = html("div", "view", html("div", "pair", view.table));
  if (sight.array.length > FEW) {
    const { canvas, top } = bitmap(sight, tiles, picture), bar = html("span", "bar");
    const ends = picture ? [sight.min, sight.max].map((x) => short(x)) : [short(-top), short(top)];
    bar.style.background = `linear-gradient(to right, ${picture ? "#000, #fff" : [-1, -0.5, 0, 0.5, 1].map(hue)})`;
    Object.assign(view, { base: canvas, canvas: html("canvas") });
    view.canvas.width = canvas.width, view.canvas.height = canvas.height;
    view.canvas.style.width = `${canvas.width / (devicePixelRatio || 1)}px`;
    view.canvas.setAttribute("role", "img");
    view.canvas.setAttribute("aria-label", `${picture ? "picture" : "heat map"}, from ${ends[0]} to ${ends[1]}`);
    const more = tiles.shown < tiles.count ? `the first ${tiles.shown} of ${tiles.count} tiles` : "";
    view.el.firstChild.append(html("figure", "", view.canvas, html("div", "scale", ends[0], bar, ends[1]), more && html("figcaption", "", more)));
    view.canvas.addEventListener("pointermove", (e) => point(view, e));
    view.canvas.addEventListener("pointerdown", (e) => point(view, e));
  }
  view.el.append(view.told);
  view.el.tabIndex = 0;
  view.el.setAttribute("role", "group");
  view.el.setAttribute("aria-label", `${sized(sight.shape)} array: arrow keys choose an element`);
  view.el.addEventListener("keydown", (e) => walk(view, e));
  view.table.addEventListener("pointerover", (e) => { const td = e.target.closest("[data-at]"); if (td) pointAt(view, Number(td.dataset.at)); });
  views.push(view);
  refresh(view);
  return view.el;
}

function point(view, e) {
  const { h, w, cell, across, shown } = view.tiles, { left, top, width } = view.canvas.getBoundingClientRect();
  const zoomed = width / parseFloat(view.canvas.style.width), x = (e.clientX - left) / zoomed - EDGE, y = (e.clientY - top) / zoomed - EDGE;
  const [column, line] = [Math.floor(x / (w * cell + GAP)), Math.floor(y / (h * cell + GAP))], tile = line * across + column;
  const [r, c] = [Math.floor((y - line * (h * cell + GAP)) / cell), Math.floor((x - column * (w * cell + GAP)) / cell)];
  if (column < across && tile < shown && r >= 0 && c >= 0 && r < h && c < w) pointAt(view, elementAt(view.tiles, tile, r, c));
}

// Arrow keys go from cell to cell, and over the edge of a tile to the next one.
function walk(view, e) {
  const { tiles, at } = view, { h, w, count, across } = tiles, [tile, r, c] = placed(tiles, at);
  const [dr, dc] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key] ?? [];
  if (dr === undefined) return;
  e.preventDefault(), e.stopPropagation();
  const inside = r + dr >= 0 && r + dr < h && c + dc >= 0 && c + dc < w, to = inside ? tile : tile + dr * across + dc;
  if (to >= 0 && to < count) pointAt(view, elementAt(tiles, to, (r + dr + h) % h, (c + dc + w) % w));
}

function pointAt(view, i) {
  if (view.at === i) return;
  view.at = i;
  refresh(view);
  view.follow?.(i);
}

function refresh(view) {
  const { sight: { array, shape, kind }, tiles, at, from, lit, table, told, canvas, base } = view, { h, w, cell, across, shown } = tiles;
  const [tile, r, c] = placed(tiles, at), number = (i) => word(kind === "f" && Number.isFinite(array[i]) ? single(array[i]) : array[i]);
  const least = lit.size ? [r, c] : [r - WINDOW[0] + 1, c - WINDOW[1] + 1]; // what lights up lies below and to the right
  const moved = [r, c].map((x, axis) => Math.max(0, Math.min(Math.max(from[axis], least[axis]), x, [h, w][axis] - WINDOW[axis])));
  const key = [tile, ...moved].join();
  if (view.key !== key) { // cells are kept while they are of the same elements: one that is replaced under the pointer would be entered again
    Object.assign(view, { key, from: moved });
    const [rows, columns] = [Math.min(h, WINDOW[0]), Math.min(w, WINDOW[1])];
    const cells = (i) => Array.from({ length: columns }, (_, k) => { const at = elementAt(tiles, tile, moved[0] + i, moved[1] + k), td = html("td", "", numeral(number(at))); td.dataset.at = at; return td; });
    const lines = Array.from({ length: rows }, (_, i) => html("tr", "", cells(i), w > moved[1] + columns ? html("td", "", "…") : ""));
    table.replaceChildren(html("tbody", "", lines, h > moved[0] + rows ? html("tr", "", html("td", "", "⋮")) : ""));
  }
  for (const td of table.querySelectorAll("[data-at]")) {
    const i = Number(td.dataset.at);
    td.className = `${lit.has(i) ? "lit" : ""}${i === at ? " at" : ""}`;
  }
  told.textContent = shape.length ? `${view.letter}[${indices(at, shape).join(", ")}] = ${short(number(at))}` : "";
  if (!canvas) return;
  const pen = canvas.getContext("2d"), ratio = devicePixelRatio || 1;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(base, 0, 0);
  pen.setTransform(ratio, 0, 0, ratio, EDGE * ratio, EDGE * ratio);
  const frame = (i, grown, colour, wide) => {
    const [tile, r, c] = placed(tiles, i);
    if (tile >= shown) return;
    Object.assign(pen, { strokeStyle: colour, lineWidth: wide });
    pen.strokeRect((tile % across) * (w * cell + GAP) + c * cell - grown, Math.floor(tile / across) * (h * cell + GAP) + r * cell - grown, cell + 2 * grown, cell + 2 * grown);
  };
  const [ink, paper] = isDark() ? ["#fff", "#000"] : ["#000", "#fff"];
  for (const i of lit) frame(i, -0.5, ink, 1);
  frame(at, 0.5, paper, 3), frame(at, 0.5, ink, 1.5);
}
