// The playground: settings, steps, what is chosen, and a record of it all in the address

const CHOICES = {
  rate: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3], batch: [1, 10, 20, 50, 100, 200],
  l1: [0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1], l2: [0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1],
};
const FIRST = { data: "spiral", noise: 0, seed: 1, features: ["x1", "x2"], hidden: [8, 8], activation: "tanh", l1: 0, l2: 0, batch: 20 };
const MOST_STEPS = 5000; // that an address may ask for
const BUDGET = 14; // milliseconds of steps between two pictures
const state = { settings: { ...FIRST }, rate: 0.1, runs: [], steps: 0, running: 0, chosen: { layer: 1, i: 0 }, point: 0, history: [] };

// ---- Data, network, steps ----

function build() {
  const { settings } = state;
  settings.dataSeed = settings.seed;
  state.loss = LOSS_OF(settings.data);
  state.points = pointsOf(settings.data, settings.seed, settings.noise);
  state.x = featuresOf(state.points, settings.features), state.t = targetsOf(state.points);
  state.net = new Network(settings);
  const f = settings.features.length, rows = (from, to) => [state.x.slice(from * f, to * f), state.t.slice(from, to)];
  state.batch = state.net.tape("step", settings.batch, ...rows(0, settings.batch), [settings.l1], [settings.l2]);
  state.train = state.net.tape("predict", TRAIN, ...rows(0, TRAIN));
  state.test = state.net.tape("predict", ALL - TRAIN, ...rows(TRAIN, ALL));
  state.grid = state.net.tape("predict", plane.length, featuresOf(plane, settings.features));
  Object.assign(state, { steps: 0, runs: [[state.rate, 0]], history: [], said: "" });
  const { layer, i } = state.chosen, last = settings.hidden.length + 1;
  if (layer > last || i >= state.net.widths[layer]) state.chosen = { layer: Math.min(layer, last), i: 0 };
  state.net.learn(state.batch);
  evaluate();
}

const rowsOf = (step) => Array.from({ length: state.settings.batch }, (_, j) => (step * state.settings.batch + j) % TRAIN);

// One step with the gradients of this batch, then those of the next.
function descend() {
  const { net, batch, x, t, settings, runs } = state, f = settings.features.length, [xs, ts] = batch.inputs.map((v) => batch.memory[v]);
  if (runs.at(-1)[0] !== state.rate) runs.at(-1)[1] ? runs.push([state.rate, 0]) : (runs.at(-1)[0] = state.rate);
  net.descend(state.rate);
  runs.at(-1)[1]++;
  state.steps++;
  rowsOf(state.steps).forEach((row, j) => {
    for (let k = 0; k < f; k++) xs[j * f + k] = x[row * f + k];
    ts[j] = t[row];
  });
  net.learn(batch);
}

function evaluate() {
  const [train, test] = [state.train, state.test].map((tape) => state.net.run(tape).at(-1)[0]);
  state.history.push([state.steps, train, test]);
  if (state.history.length > 600) state.history = state.history.filter((_, i) => i % 2 === 0);
  return train;
}

function advance(steps, budget = Infinity) {
  const until = performance.now() + budget;
  let n = 0;
  while (n < steps && (n === 0 || performance.now() < until)) { descend(); n++; }
  if (Number.isFinite(evaluate())) return true;
  state.said = "The loss left the finite numbers; a smaller learning rate might not. Reset to begin again.";
  return false;
}

function runs(on) {
  cancelAnimationFrame(state.running);
  state.running = on ? requestAnimationFrame(() => { const well = advance(Number($("pace").value), BUDGET); show(); runs(well); }) : 0;
  $("run").textContent = on ? "Pause" : "Run";
  $("run").setAttribute("aria-pressed", on);
  if (!on) finish();
}

function one() {
  runs(false);
  advance(1);
  show();
  finish();
}

function restart() {
  runs(false);
  build();
  drawNetwork();
  paintFeatures();
  show();
  finish();
}

// ---- What is shown ----

function show() {
  const outs = state.net.run(state.grid), probable = outs.at(-2), made = outs.slice(0, -2), z = made.at(-1);
  state.shown = state.loss === "squared" ? z : probable.map((p) => 2 * p - 1);
  state.top = 1;
  paintNetwork(made);
  paintOutput(state.shown, 1);
  paintCurve();
  const [, train, test] = state.history.at(-1);
  $("loss").textContent = short(word(train)), $("test-loss").textContent = short(word(test));
  $("count").textContent = `${state.steps.toLocaleString("en")} step${state.steps === 1 ? "" : "s"}`;
  $("said").textContent = state.said;
  showNeuron();
}

// What waits until nothing runs: the Python, and the address.
let waiting = 0;
function finish() {
  $("python").textContent = pythonOf(state.settings, state.runs);
  clearTimeout(waiting);
  waiting = setTimeout(() => { try { history.replaceState(null, "", `#${address()}`); } catch { /* no address to keep */ } }, 150);
}

const nameOfNeuron = (layer, i) => (layer === 0 ? WRITTEN[state.settings.features[i]] : layer > state.settings.hidden.length ? "output" : `neuron ${i + 1} of layer ${layer}`);

function showNeuron() {
  const { chosen: { layer, i }, net, settings, rate } = state, before = net.widths[layer - 1], last = layer > settings.hidden.length;
  const held = settings.l1 || settings.l2, kind = last ? "none" : settings.activation;
  $("neuron-title").textContent = last ? "Output neuron" : `Neuron ${i + 1} of layer ${layer}`;
  $("neuron-about").textContent = `${kind === "none" ? "" : `${kind} of `}the sum of what comes in times w, and the bias. The step: w ← w − ${rate} · ${held ? "(dL/dw + penalty)" : "dL/dw"}`;
  $("pull-title").hidden = !held;
  const line = (from, p, k) => {
    const [w, g, pull] = [net.parameters, net.gradients, net.pulls].map((all) => all[p][k]);
    const next = w - rate * (g + pull), cells = [w, g, ...(held ? [pull] : []), next].map((x) => html("td", "", short(word(x))));
    return html("tr", "", html("td", "", from), cells);
  };
  const rows = Array.from({ length: before }, (_, k) => line(layer === 1 ? nameOfNeuron(0, k) : `neuron ${k + 1}`, 2 * layer - 2, i * before + k));
  $("weights").tBodies[0].replaceChildren(...rows, line("bias", 2 * layer - 1, i));
  const { x1, x2, t } = state.points[state.point], single = $("which").value === "one";
  $("point-box").hidden = !single;
  $("point-is").textContent = single ? `Example ${state.point}: x₁ = ${short(x1)}, x₂ = ${short(x2)}, should be ${short(t)}; or choose one on the map.`
    : "The same examples that dL/dw above is computed of.";
}

function chooseNeuron(layer, i) {
  state.chosen = { layer, i };
  show();
}

function tellWeight(place, event) {
  const tip = $("tip");
  tip.hidden = !place;
  if (!place) return;
  const { layer, to, from, i } = place, { net, rate } = state, p = 2 * layer - 2, { left, top } = $("net").getBoundingClientRect();
  const [w, g, pull] = [net.parameters[p][i], net.gradients[p][i], net.pulls[p][i]];
  const lines = [`${nameOfNeuron(layer - 1, from)} → ${nameOfNeuron(layer, to)}`, `w = ${short(word(w))}`, `dL/dw = ${short(word(g))}${pull ? `, penalty ${short(word(pull))}` : ""}`, `next w = ${short(word(w - rate * (g + pull)))}`];
  tip.replaceChildren(...lines.map((text) => html("div", "", text)));
  tip.style.left = `${Math.max(0, Math.min(event.clientX - left + 12, $("net").clientWidth - 190))}px`;
  tip.style.top = `${event.clientY - top + 12}px`;
}

// ---- The live player ----

function played() {
  const { layer, i } = state.chosen, f = state.settings.features.length;
  const rows = $("which").value === "one" ? [state.point] : rowsOf(state.steps);
  const x = rows.flatMap((row) => [...state.x.subarray(row * f, row * f + f)]), t = rows.map((row) => state.t[row]);
  return { ...state.net.player(rows.length, x, t, layer, i), title: `${nameOfNeuron(layer, i)}, ${$("which").value === "one" ? `example ${state.point}` : `a batch of ${rows.length}`}` };
}

function trace() {
  runs(false);
  const text = JSON.stringify(played()).replaceAll("<", "\\u003c");
  $("player-title").textContent = `${$("neuron-title").textContent}, in the network of ${state.steps} steps`;
  $("player-frame").srcdoc = packed.player.replace('"/*PLAYED*/"', () => text);
  $("player").showModal();
}

// ---- The address ----

function address() {
  const { settings, runs } = state, said = ["data", "noise", "seed", "features", "hidden", "activation", "l1", "l2", "batch"];
  return [...said.map((key) => `${key}=${settings[key]}`), `run=${runs.map(([rate, steps]) => `${rate}*${steps}`).join(";")}`].join("&");
}

const inside = (x, low, high, other) => (Number.isFinite(x) && x >= low && x <= high ? x : other);
function readAddress(from = location.href) {
  const asked = new URLSearchParams((from.split("#")[1] ?? "").replaceAll("+", "%2B")), list = (key) => (asked.get(key) ?? "").split(",").filter(Boolean);
  const number = (key, low, high) => (asked.get(key) ? inside(Number(asked.get(key)), low, high, FIRST[key]) : FIRST[key]);
  const features = Object.keys(FEATURES).filter((name) => list("features").includes(name));
  state.settings = {
    data: Object.hasOwn(DATA, asked.get("data") ?? "") ? asked.get("data") : FIRST.data,
    noise: number("noise", 0, 0.8), seed: Math.round(number("seed", 0, 9999)), features: features.length ? features : FIRST.features,
    hidden: asked.has("hidden") ? list("hidden").slice(0, 4).map((width) => Math.round(inside(Number(width), 1, 8, 4))) : FIRST.hidden,
    activation: Object.hasOwn(LAYERS, asked.get("activation") ?? "") ? asked.get("activation") : FIRST.activation,
    l1: number("l1", 0, 1), l2: number("l2", 0, 1), batch: Math.round(number("batch", 1, TRAIN)),
  };
  const parts = (asked.get("run") ?? "").split(";").map((part) => part.split("*").map(Number));
  const asks = parts.filter(([rate, steps]) => inside(rate, 1e-9, 100, 0) && Number.isInteger(steps) && steps >= 0);
  state.rate = asks[0]?.[0] ?? state.rate;
  build();
  let left = MOST_STEPS;
  for (const [rate, steps] of asks) {
    state.rate = rate;
    for (let n = Math.min(left, steps); n > 0 && advance(Math.min(50, n)); n -= 50) left -= Math.min(50, n); // for the curve
  }
  showSettings();
  drawNetwork();
  paintFeatures();
  show();
  finish();
}

// ---- Controls ----

function showSettings() {
  const { settings } = state;
  for (const key of ["rate", "batch", "l1", "l2"]) {
    const value = key === "rate" ? state.rate : settings[key], select = $(key);
    if (![...select.options].some((option) => Number(option.value) === value)) select.append(new Option(value, value));
    select.value = value;
  }
  document.querySelector(`[name=data][value=${settings.data}]`).checked = true;
  Object.assign($("noise"), { value: settings.noise });
  $("noise-is").textContent = settings.noise;
  $("activation").value = settings.activation, $("depth").value = settings.hidden.length, $("seed").value = settings.seed;
}

function change(more) {
  Object.assign(state.settings, more);
  showSettings();
  restart();
}

function drawSets() {
  for (const name of Object.keys(DATA)) {
    const radio = html("input"), canvas = html("canvas");
    Object.assign(radio, { type: "radio", name: "data", value: name });
    canvas.width = canvas.height = 92;
    radio.addEventListener("change", () => change({ data: name }));
    $("data-sets").append(html("label", "", radio, canvas, TITLES[name]));
  }
}
function paintSets() {
  document.querySelectorAll("#data-sets label").forEach((label) => {
    const canvas = label.querySelector("canvas"), pen = canvas.getContext("2d"), name = label.querySelector("input").value, was = state.loss;
    pen.clearRect(0, 0, 92, 92);
    state.loss = LOSS_OF(name);
    paintPoints(pen, pointsOf(name, 1, 0).slice(0, 150), 92, 3, -1);
    state.loss = was;
  });
}

function repaint() {
  mixShades();
  paintSets();
  paintFeatures();
  show();
}

function keyboard(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || $("player").open || e.target.matches("input, select")) return;
  const act = { " ": () => runs(!state.running), s: one, r: restart }[e.key];
  if (!act || (e.key === " " && e.target.matches("button"))) return;
  e.preventDefault();
  act();
}

function start() {
  for (const [key, values] of Object.entries(CHOICES)) for (const value of values) $(key).append(new Option(value, value));
  mixShades();
  drawSets();
  setTheme(storedTheme());
  mixShades();
  readAddress();
  paintSets();
  $("run").addEventListener("click", () => runs(!state.running));
  $("step").addEventListener("click", one);
  $("reset").addEventListener("click", restart);
  $("theme").addEventListener("change", (e) => { setTheme(e.target.value); repaint(); });
  night.addEventListener("change", repaint);
  $("rate").addEventListener("change", (e) => { state.rate = Number(e.target.value); show(); });
  for (const key of ["batch", "l1", "l2"]) $(key).addEventListener("change", (e) => change({ [key]: Number(e.target.value) }));
  $("noise").addEventListener("input", (e) => change({ noise: Number(e.target.value) }));
  $("activation").addEventListener("change", (e) => change({ activation: e.target.value }));
  $("seed").addEventListener("change", (e) => change({ seed: Math.round(inside(e.target.valueAsNumber, 0, 9999, 1)) }));
  $("depth").addEventListener("change", (e) => {
    const depth = Math.round(inside(e.target.valueAsNumber, 0, 4, 2)), { hidden } = state.settings;
    change({ hidden: Array.from({ length: depth }, (_, i) => hidden[i] ?? 4) });
  });
  $("columns").addEventListener("click", (e) => {
    const button = e.target.closest("[data-resize]");
    if (!button) return;
    const [layer, by] = button.dataset.resize.split(".").map(Number);
    change({ hidden: state.settings.hidden.map((width, i) => (i === layer - 1 ? width + by : width)) });
    document.querySelector(`[data-resize="${button.dataset.resize}"]:not(:disabled)`)?.focus();
  });
  $("columns").addEventListener("change", (e) => {
    const { feature } = e.target.dataset, now = [...$("columns").querySelectorAll("[data-feature]:checked")].map((box) => box.dataset.feature);
    if (now.length) change({ features: now }); else e.target.checked = true;
    document.querySelector(`[data-feature="${feature}"]`).focus();
  });
  $("slopes").addEventListener("change", paintEdges);
  $("which").addEventListener("change", show);
  $("point").addEventListener("input", (e) => { state.point = Math.round(inside(e.target.valueAsNumber, 0, ALL - 1, 0)); show(); });
  $("map").addEventListener("click", (e) => {
    const { left, top, width } = e.target.getBoundingClientRect(), at = (v) => (v / width * 2 - 1) * REACH;
    const [x1, x2] = [at(e.clientX - left), -at(e.clientY - top)], away = state.points.map((p) => Math.hypot(p.x1 - x1, p.x2 - x2));
    state.point = away.indexOf(Math.min(...away));
    $("which").value = "one", $("point").value = state.point;
    show();
  });
  $("trace").addEventListener("click", trace);
  $("close").addEventListener("click", () => $("player").close());
  $("player").addEventListener("close", () => ($("player-frame").srcdoc = ""));
  $("copy").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText($("python").textContent); $("copied").textContent = "copied"; } catch {
      getSelection().selectAllChildren($("python"));
      $("copied").textContent = "selected: press Ctrl+C";
    }
  });
  document.addEventListener("keydown", keyboard);
  addEventListener("hashchange", (e) => { runs(false); readAddress(e.newURL); });
  new ResizeObserver(() => { placeEdges(); paintEdges(); }).observe($("net"));
}

start();

// What tests and a curious console may read and do.
window.playground = Object.freeze({
  get steps() { return state.steps; },
  get loss() { return state.history.at(-1)[1]; },
  get testLoss() { return state.history.at(-1)[2]; },
  get settings() { return structuredClone(state.settings); },
  get parameters() { return state.net.parameters.map((p) => [...p]); },
  get gradients() { return state.net.gradients.map((g) => [...g]); },
  get python() { return pythonOf(state.settings, state.runs); },
  advance(n) { const well = advance(n); show(); finish(); return well; },
  set(more) { if (more.rate) state.rate = more.rate; const { rate, ...rest } = more; Object.keys(rest).length ? change(rest) : show(); },
  choose: chooseNeuron,
  played,
  form: (kind, n) => filledIn(state.net.form[kind], state.net.sizes(n)),
});
