// Maps: what each neuron gives over the plane, the weights between them with their gradients, and the data

const GRID = 40; // cells of a map, a side
const cellAt = (i) => ((i + 0.5) / GRID * 2 - 1) * REACH;
const plane = Array.from({ length: GRID * GRID }, (_, i) => ({ x1: cellAt(i % GRID), x2: -cellAt(Math.floor(i / GRID)) }));

// A canvas of GRID x GRID pixels; of numbers from -top to top, `step` apart. What is not finite stays empty.
function paintMap(canvas, values, step, first, top) {
  if (canvas.width !== GRID) canvas.width = canvas.height = GRID;
  const pen = canvas.getContext("2d"), image = pen.createImageData(GRID, GRID), pixels = image.data;
  for (let i = 0; i < GRID * GRID; i++) {
    const share = values[first + i * step] / top, color = shades[Math.round((Math.max(-1, Math.min(1, share)) + 1) * 50)];
    if (!color) continue;
    pixels[4 * i] = color[0], pixels[4 * i + 1] = color[1], pixels[4 * i + 2] = color[2], pixels[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}
let shades = [];
const mixShades = () => (shades = Array.from({ length: 101 }, (_, i) => tint((i - 50) / 50 * 0.9)));
const topOf = (values, step = 1, first = 0) => {
  let top = 1e-9;
  for (let i = first; i < values.length; i += step) top = Math.max(top, Math.abs(values[i]));
  return top;
};

// Classes differ in shape: circles for 0, squares for 1; of a regression colour alone tells, and the number at the pointer.
function paintPoints(pen, points, size, radius, marked) {
  const at = ({ x1, x2 }) => [(x1 / REACH + 1) / 2 * size, (1 - x2 / REACH) / 2 * size];
  points.forEach((point, i) => {
    const [x, y] = at(point), value = state.loss === "squared" ? point.t : 2 * point.t - 1, tested = i >= TRAIN;
    pen.beginPath();
    if (state.loss === "logistic" && point.t) pen.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
    else pen.arc(x, y, radius, 0, 2 * PI);
    pen.fillStyle = tested ? "transparent" : hue(value);
    pen.strokeStyle = tested ? hue(value) : isDark() ? "#16181c" : "#fff";
    pen.lineWidth = radius / 3.5;
    pen.fill(), pen.stroke();
    if (i !== marked) return;
    pen.beginPath();
    pen.arc(x, y, radius * 2.2, 0, 2 * PI);
    pen.strokeStyle = isDark() ? "#fff" : "#000";
    pen.stroke();
  });
}

const small = document.createElement("canvas");
function paintOutput(values, top) {
  const canvas = $("map"), pen = canvas.getContext("2d"), size = canvas.width;
  paintMap(small, values, 1, 0, top);
  pen.imageSmoothingEnabled = true;
  pen.fillStyle = isDark() ? "#16181c" : "#fff"; // paler than the points, which else could not be seen once all is learnt
  pen.fillRect(0, 0, size, size);
  pen.globalAlpha = 0.55;
  pen.drawImage(small, 0, 0, size, size);
  pen.globalAlpha = 1;
  paintPoints(pen, state.points, size, 4, $("which").value === "one" ? state.point : -1);
}

// ---- The network ----

const drawn = { neurons: [], edges: [], maps: [] }; // of each layer the buttons; the weights; the features' canvases

function neuronButton(layer, i, last) {
  const canvas = html("canvas"), button = html("button", "neuron", canvas);
  button.setAttribute("aria-label", last ? "Output neuron" : `Neuron ${i + 1} of layer ${layer}`);
  button.addEventListener("click", () => chooseNeuron(layer, i));
  button.addEventListener("dblclick", trace);
  return button;
}

function drawNetwork() {
  const { features, hidden } = state.settings, last = hidden.length + 1;
  const sources = Object.keys(FEATURES).map((name) => {
    const box = html("input"), canvas = html("canvas"), tile = html("span", "neuron", canvas);
    box.type = "checkbox", box.checked = features.includes(name), box.dataset.feature = name;
    const row = html("div", box.checked ? "feature" : "feature off", html("label", "", box, WRITTEN[name]), tile);
    return { name, row, tile, canvas };
  });
  drawn.maps = sources;
  const columns = [html("div", "column", html("div", "head", "features"), sources.map(({ row }) => row))];
  drawn.neurons = [sources.filter(({ name }) => features.includes(name)).map(({ tile }) => tile)];
  for (let layer = 1; layer <= last; layer++) {
    const width = hidden[layer - 1] ?? 1, buttons = Array.from({ length: width }, (_, i) => neuronButton(layer, i, layer === last));
    const resize = (by, sign, off) => {
      const button = html("button", "", sign);
      button.setAttribute("aria-label", `${by > 0 ? "One more neuron" : "One neuron less"} in layer ${layer}`);
      button.dataset.resize = `${layer}.${by}`, button.disabled = off;
      return button;
    };
    const head = layer === last ? "output" : [`layer ${layer}`, html("br"), resize(-1, "−", width < 2), ` ${width} `, resize(1, "+", width > 7)];
    columns.push(html("div", "column", html("div", "head", head), buttons));
    drawn.neurons.push(buttons);
  }
  $("columns").replaceChildren(...columns);
  drawn.edges = [];
  $("edges").replaceChildren();
  state.net.widths.slice(1).forEach((after, k) => {
    for (let i = 0; i < state.net.widths[k] * after; i++) {
      const place = { layer: k + 1, to: Math.floor(i / state.net.widths[k]), from: i % state.net.widths[k], i };
      const line = svg("path", { class: "edge" }, $("edges")), catcher = svg("path", { class: "catch" }, $("edges"));
      catcher.addEventListener("pointerenter", (e) => tellWeight(place, e));
      catcher.addEventListener("pointerleave", () => tellWeight(null));
      catcher.addEventListener("click", () => chooseNeuron(place.layer, place.to));
      drawn.edges.push({ ...place, line, catcher });
    }
  });
  for (const edge of drawn.edges) edge.slope = svg("path", { class: "slope" }, $("edges")); // over all lines
  placeEdges();
}

function placeEdges() {
  const { left, top } = $("net").getBoundingClientRect();
  const boxes = drawn.neurons.map((column) => column.map((tile) => tile.getBoundingClientRect()));
  for (const edge of drawn.edges) {
    const a = boxes[edge.layer - 1][edge.from], b = boxes[edge.layer][edge.to];
    const [x0, y0, x1, y1] = [a.right - left, a.top - top + a.height / 2, b.left - left, b.top - top + b.height / 2], middle = (x0 + x1) / 2;
    const path = `M${x0},${y0}C${middle},${y0} ${middle},${y1} ${x1},${y1}`;
    edge.line.setAttribute("d", path), edge.catcher.setAttribute("d", path);
    const s = 0.3 + 0.4 * ((edge.to * 5 + edge.from * 3) % 8) / 7, r = 1 - s; // not all at one place
    const along = (p, q) => r * r * r * p[0] + 3 * r * r * s * p[1] + 3 * r * s * s * q[0] + s * s * s * q[1];
    edge.x = along([x0, middle], [middle, x1]), edge.y = along([y0, y0], [y1, y1]);
  }
}

// A triangle points up where the next step makes the weight larger; its area tells by how much, beside the largest.
function paintEdges() {
  const { parameters, gradients, pulls } = state.net, shown = $("slopes").checked;
  const total = ({ layer, i }) => gradients[2 * layer - 2][i] + pulls[2 * layer - 2][i];
  const most = drawn.edges.reduce((top, edge) => Math.max(top, Math.abs(total(edge))), 1e-300);
  for (const edge of drawn.edges) {
    const w = parameters[2 * edge.layer - 2][edge.i], g = total(edge), size = 7 * sqrt(Math.abs(g) / most);
    const lit = state.chosen.layer === edge.layer && state.chosen.i === edge.to;
    edge.line.setAttribute("class", `edge ${w < 0 ? "minus" : "plus"}${lit ? " lit" : ""}`);
    edge.line.setAttribute("stroke-width", (0.4 + 2 * Math.min(3, Math.abs(w))).toFixed(2));
    const tip = g < 0 ? -size : size, visible = shown && size > 1.2;
    edge.slope.setAttribute("d", visible ? `M${(edge.x - size * 0.8).toFixed(1)},${(edge.y - tip / 2).toFixed(1)}h${(size * 1.6).toFixed(1)}L${edge.x.toFixed(1)},${(edge.y + tip / 2 * 1.6).toFixed(1)}z` : "");
  }
}

function paintNetwork(made) {
  const { features, hidden } = state.settings;
  made.forEach((values, k) => {
    const width = hidden[k] ?? 1, last = k === hidden.length;
    for (let i = 0; i < width; i++) {
      const top = last ? state.top : state.settings.activation === "tanh" || state.settings.activation === "sigmoid" ? 1 : topOf(values, width, i);
      paintMap(drawn.neurons[k + 1][i].firstChild, last ? state.shown : values, width, i, top);
    }
  });
  drawn.neurons.forEach((column, layer) => column.forEach((tile, i) => {
    if (!layer) return;
    const chosen = state.chosen.layer === layer && state.chosen.i === i;
    tile.classList.toggle("chosen", chosen);
    tile.setAttribute("aria-pressed", chosen);
  }));
  paintEdges();
}

function paintFeatures() {
  for (const { name, canvas } of drawn.maps) {
    const values = featuresOf(plane, [name]);
    paintMap(canvas, values, 1, 0, topOf(values));
  }
}

function paintCurve() {
  const [w, h] = [320, 150], plot = $("curve"), all = state.history.flatMap(([, a, b]) => [a, b]).filter(Number.isFinite);
  const low = Math.min(0, ...all), high = Math.max(...all, 1e-9), steps = Math.max(1, state.history.at(-1)[0]);
  plot.replaceChildren();
  for (const [id, k] of [["test-line", 2], ["train-line", 1]]) {
    const at = (row) => `${(3 + row[0] / steps * (w - 6)).toFixed(1)},${(h - 4 - (row[k] - low) / (high - low) * (h - 8)).toFixed(1)}`;
    svg("polyline", { id, points: state.history.filter((row) => Number.isFinite(row[k])).map(at).join(" ") }, plot);
  }
  plot.setAttribute("aria-label", `Loss over ${steps} steps: from ${short(state.history[0][1])} to ${short(state.history.at(-1)[1])}`);
}
