// The lab: leaves to touch, a nudge, steps of gradient descent with their losses, and a record of it all in the address

const lab = { t: -1, i: 0, log: [], losses: [], run: 0, rate: 0.1 };
const MOST_STEPS = 5000; // that an address may ask for
const isInteger = ({ kind }) => kind === "q" || kind === "i" || kind === "b";

function record(action) {
  const last = lab.log.at(-1);
  const same = last && (action.n ? last.n && last.rate === action.rate : !last.n && last.t === action.t && last.i === action.i);
  if (!same) return lab.log.push(action), lab.losses.push(lossNow());
  if (!action.n) return (last.value = action.value), (lab.losses[lab.losses.length - 1] = lossNow());
  last.n += action.n;
  lab.losses.push(lossNow());
}

const written = ({ t, i, value, n, rate }) => (n ? `s${n}*${rate}` : `${t}.${i}:${value}`);
const deeds = () => lab.log.map(written).join(";");

function replay(text) {
  let left = MOST_STEPS;
  restore();
  Object.assign(lab, { log: [], losses: [lossNow()] });
  for (const part of text.split(";")) {
    const step = /^s(\d+)\*([-+.\de]+)$/.exec(part), edit = /^(\d+)\.(\d+):([-+.\de]+|-?Infinity|NaN)$/.exec(part);
    if (step) for (let n = Math.min(left, Number(step[1])); n > 0 && !descend(Number(step[2])); n--, left--) record({ n: 1, rate: Number(step[2]) });
    const leaf = edit && touchable.get(Number(edit[1]));
    if (leaf && Number(edit[2]) < tape.memory[leaf.v].length) set(leaf.t, Number(edit[2]), Number(edit[3]));
  }
  if (lab.log.length) now.frame = LIVE;
}

function set(t, i, value) {
  touch(t, i, value);
  recompute();
  record({ t, i, value: held(touchable.get(t), i) });
}

const held = ({ v, kind }, i) => (kind === "f" ? single(tape.memory[v][i]) : tape.memory[v][i]);

// ---- What the reader does ----

function tell(...parts) {
  $("lab-said").replaceChildren(...parts);
}

function touched() {
  now.frame = LIVE;
  show(false);
  showLab();
}

function edit(value) {
  if (!Number.isFinite(value)) return tell("That is not a number.");
  set(lab.t, lab.i, value);
  tell("");
  touched();
}

const NUDGE = 0.01;
function nudge() {
  if (isInteger(touchable.get(lab.t))) return;
  const leaf = touchable.get(lab.t), w = tape.memory[leaf.v], was = w[lab.i], before = lossNow();
  const why = leaf.gradient >= 0 && tape.stale[leaf.gradient], slope = leaf.gradient < 0 || why ? null : tape.memory[leaf.gradient][lab.i];
  set(lab.t, lab.i, was + NUDGE);
  const after = lossNow(), change = signed(after - before);
  const did = `${elementName()}: ${short(was)} → ${short(w[lab.i], 6)}. The loss went from ${short(word(before), 6)} to ${short(word(after), 6)}: `;
  const promise = slope === null ? why ? `Its gradient is frozen (${why}).` : "No gradient was asked for here, so none promised anything."
    : `The gradient promised ${NUDGE} × ${bracketed(word(slope))} = `;
  tell(did, html("strong", "", change), ". ", promise, slope === null ? "" : html("strong", "", signed(NUDGE * slope)), slope === null ? "" : ".");
  touched();
}
const signed = (x) => `${x > 0 ? "+" : ""}${short(word(x))}`;

function descent(times = 1) {
  let why = "";
  for (let n = 0; n < times && !why; n++) {
    why = descend(lab.rate);
    if (!why) record({ n: 1, rate: lab.rate });
  }
  const loss = lossNow();
  if (!why && !Number.isFinite(loss)) why = "the loss left the finite numbers; a smaller learning rate might not";
  tell(why ? `No further: ${why}.` : "");
  touched();
  return !why;
}

function runs(on) {
  cancelAnimationFrame(lab.run);
  lab.run = on ? requestAnimationFrame(() => runs(descent())) : 0;
  $("lab-run").textContent = on ? "Pause" : "Run";
  $("lab-run").setAttribute("aria-pressed", on);
}

function reset() {
  runs(false);
  restore();
  Object.assign(lab, { log: [], losses: [lossNow()] });
  now.frame = 0;
  tell("");
  show(false);
  showLab();
}

// ---- What is shown ----

const leafName = (t) => `${nameOf(t)}${tensors[t].shape.length ? ` ${sized(tensors[t].shape)}` : ""}`;
function indices(i, shape) {
  return shape.map((n, axis) => Math.floor(i / product(shape.slice(axis + 1))) % n);
}
const elementName = () => nameOf(lab.t) + (tensors[lab.t].shape.length ? `[${indices(lab.i, tensors[lab.t].shape)}]` : "");

function choose(t, i = 0) {
  if (!touchable.has(t)) return;
  Object.assign(lab, { t, i });
  $("lab-leaf").value = t;
  showLab(true);
}

// The cells are kept while they are of the same elements: one that is replaced under the finger gets no click.
const PAGE = 16; // rows and columns of the grid that is shown at once
function showGrid({ t, v, shape }) {
  const w = tape.memory[v], columns = shape.at(-1) ?? 1, rows = w.length / columns, box = $("lab-grid");
  const [r0, c0] = [Math.floor(lab.i / columns), lab.i % columns].map((x) => x - (x % PAGE));
  const within = (from, most) => Array.from({ length: Math.min(most - from, PAGE) }, (_, k) => from + k);
  const of = `${t}.${r0}.${c0}`;
  if (box.dataset.of !== of) {
    const cell = (i) => { const button = html("button", ""); button.dataset.element = i; return html("td", "", button); };
    const table = within(r0, rows).map((r) => html("tr", "", within(c0, columns).map((c) => cell(r * columns + c))));
    box.replaceChildren(...(w.length > 1 ? [html("table", "", table)] : []));
    box.dataset.of = of;
  }
  for (const button of box.querySelectorAll("button")) {
    const i = Number(button.dataset.element), chosen = i === lab.i;
    button.className = chosen ? "cell chosen" : "cell";
    button.tabIndex = chosen ? 0 : -1;
    button.textContent = short(word(w[i]), 3);
    button.setAttribute("aria-label", `[${indices(i, shape)}] = ${short(word(w[i]))}`);
    button.setAttribute("aria-pressed", chosen);
  }
}

function showLab(fresh = false) {
  if (!live || lab.t < 0) return;
  const leaf = touchable.get(lab.t), w = tape.memory[leaf.v], value = w[lab.i];
  const number = $("lab-number"), slide = $("lab-slide");
  number.step = isInteger(leaf) ? 1 : "any";
  if (document.activeElement !== number || fresh) number.value = Number.isFinite(value) ? held(leaf, lab.i) : "";
  const reach = slide.dataset.held ? Number(slide.dataset.held) : isInteger(leaf) ? 0 : 2 * Math.max(1, Math.abs(value));
  if (!slide.dataset.held && Number.isFinite(reach)) {
    slide.min = isInteger(leaf) ? 0 : value - reach, slide.max = isInteger(leaf) ? leaf.most ?? 10 : value + reach;
    slide.step = isInteger(leaf) ? 1 : reach / 200;
    slide.value = value;
  }
  $("lab-element").textContent = elementName();
  showGrid(leaf);
  const slope = leaf.gradient >= 0 && !tape.stale[leaf.gradient] ? `gradient ${short(word(tape.memory[leaf.gradient][lab.i]))}` : leaf.gradient < 0 ? "no gradient" : "gradient frozen";
  $("lab-slope").textContent = quiz.on ? "" : slope; // or it would say what is asked
  $("lab-nudge").disabled = isInteger(leaf);
  const loss = lossNow(), why = whyNot();
  $("lab-loss").textContent = why ? "frozen" : short(word(loss), 6);
  $("lab-frozen").textContent = why ? `Frozen: ${why}. What it feeds keeps no number here; what lies before it is right.` : "";
  const taken = lab.log.reduce((n, a) => n + (a.n ?? 0), 0);
  $("lab-count").textContent = `${taken} step${taken === 1 ? "" : "s"}`;
  $("lab-reset").disabled = !lab.log.length;
  $("lab-mark").hidden = now.frame !== LIVE || !lab.log.length;
  curve();
}

// The losses so far, one after each step or change.
function curve() {
  const losses = lab.losses.filter(Number.isFinite), [w, h] = [200, 56], plot = $("lab-curve");
  const [low, high] = losses.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  $("lab-plot").hidden = losses.length < 2;
  if (losses.length < 2) return;
  const stride = Math.max(1, Math.floor(losses.length / 400)), thin = losses.filter((_, i) => i % stride === 0 || i === losses.length - 1);
  const at = (x, i) => `${(4 + i * (w - 8) / (thin.length - 1)).toFixed(1)},${(h - 4 - (x - low) / (high - low || 1) * (h - 8)).toFixed(1)}`;
  plot.replaceChildren();
  svg("polyline", { points: thin.map(at).join(" ") }, plot);
  plot.setAttribute("aria-label", `Loss over ${losses.length - 1} changes: from ${short(losses[0])} to ${short(losses.at(-1))}`);
  $("lab-range").textContent = `${short(losses[0])} → ${short(losses.at(-1))}`;
}

function startLab() {
  $("lab").hidden = !data.live;
  const narrow = matchMedia("(max-width: 760px)"); // there the step comes first; a frame may get its width after it was loaded
  const fold = () => ($("lab").open = !narrow.matches || /[#&](do|predict)=/.test(location.hash));
  fold();
  narrow.addEventListener("change", fold);
  if (!live) {
    if (data.live) $("lab-body").replaceChildren(html("p", "about", `This page plays, but cannot compute: ${data.live.why}.`));
    return;
  }
  const frozen = live.frozen.length ? `Not computed here: ${live.frozen.join(", ")}. What a change reaches through ${live.frozen.length > 1 ? "them" : "it"} is shown as frozen.` : "";
  $("lab-note").textContent = frozen;
  for (const { t } of touchable.values()) if (tape.memory[touchable.get(t).v].length) $("lab-leaf").append(new Option(leafName(t), t));
  const leaf = [...touchable.values()].find(({ gradient, v }) => gradient >= 0 && tape.memory[v].length) ?? [...touchable.values()][0];
  recompute();
  lab.losses = [lossNow()];
  $("lab-leaf").addEventListener("change", (e) => choose(Number(e.target.value)));
  $("lab-number").addEventListener("input", (e) => e.target.value !== "" && edit(Number(e.target.value)));
  $("lab-number").addEventListener("change", () => showLab(true));
  $("lab-slide").addEventListener("input", (e) => { e.target.dataset.held = 1; edit(Number(e.target.value)); });
  $("lab-slide").addEventListener("change", (e) => { delete e.target.dataset.held; showLab(true); });
  $("lab-rate").addEventListener("input", (e) => { if (Number.isFinite(e.target.valueAsNumber)) lab.rate = e.target.valueAsNumber; rememberAddress(); });
  $("lab-grid").addEventListener("click", (e) => {
    const cell = e.target.closest("[data-element]");
    if (cell) { choose(lab.t, Number(cell.dataset.element)); $("lab-number").focus(); }
  });
  $("lab-grid").addEventListener("keydown", (e) => {
    const columns = tensors[lab.t].shape.at(-1) ?? 1, by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[e.key];
    const next = lab.i + by;
    if (!by) return;
    e.preventDefault(), e.stopPropagation();
    if (next < 0 || next >= tape.memory[touchable.get(lab.t).v].length) return;
    choose(lab.t, next);
    $("lab-grid").querySelector(".chosen").focus();
  });
  $("lab-run").addEventListener("click", () => runs(!lab.run));
  $("lab-reset").addEventListener("click", reset);
  choose(leaf.t);
}
