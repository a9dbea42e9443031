// Controls

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
  $("frame-label").textContent = now.frame === LIVE ? "yours" : frames[now.frame].label || `frame ${now.frame + 1} of ${FRAMES}`;
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
  now.frame = clamp(f, FRAMES - 1);
  show(false);
  showLab();
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
    const touched = now.frame === LIVE && lab.log.length ? `&do=${deeds()}` : now.frame > 0 ? `&frame=${now.frame}` : "";
    const rate = lab.rate === 0.1 ? "" : `&lr=${lab.rate}`;
    const asks = quiz.on ? `&predict=${quiz.right}.${quiz.asked}` : "";
    const more = touched + rate + asks + (now.level === START ? "" : `&level=${now.level}`) + (opened.size ? `&open=${[...opened]}` : "");
    try { history.replaceState(null, "", `#step=${now.k}${more}`); } catch { /* no address to keep */ }
  }, 120);
}

function readAddress(address = location.href) {
  const asked = new URLSearchParams(address.split("#")[1]);
  now.frame = clamp(asked.get("frame"), FRAMES - 1);
  if (live) {
    lab.rate = Number(asked.get("lr") ?? 0.1) || 0.1;
    $("lab-rate").value = lab.rate;
    if (asked.get("do") || lab.log.length) replay(asked.get("do") ?? "");
  }
  now.k = clamp(asked.get("step"), STEPS - 1);
  const [, right, of] = /^(\d+)\.(\d+)$/.exec(asked.get("predict") ?? "") ?? [];
  Object.assign(quiz, { on: of !== undefined, k: -1, right: Number(right ?? 0), asked: Number(of ?? 0) });
  $("predict").checked = quiz.on;
  score();
  const keys = levels.flatMap(({ nodes }) => nodes.map((n) => n.key)), open = (asked.get("open") ?? "").split(",").filter((key) => keys.includes(key));
  if (`${open}` !== `${[...opened]}`) opened.clear(), open.forEach((key) => opened.add(key)), (built.length = 0);
  setLevel(asked.get("level") ?? START);
  const [, leaf, element] = /^(\d+)\.(\d+)$/.exec(asked.get("leaf") ?? "") ?? [];
  if (leaf) choose(Number(leaf), Number(element));
  showLab(true);
  const [, letter, at] = /^(\w)\.(\d+)$/.exec(asked.get("at") ?? "") ?? [], view = views.find((view) => view.letter === letter);
  if (view) pointAt(view, Number(at)); // a small array has none
}

// Either the steps play or the frames do. A step stays as long as one takes to read what it says, a frame a moment.
const running = { what: "", timer: 0 };
const PACE = 200, MOMENT = 1200; // words a minute, milliseconds
const reading = () => Math.max(MOMENT, $("step-text").textContent.split(/\s+/).length * 60_000 / PACE);
function play(what, first = false) { // whose first step comes soon: one has read the step from which one starts
  clearTimeout(running.timer);
  running.what = what;
  $("play").classList.toggle("playing", what === "steps");
  $("frame-play").classList.toggle("playing", what === "frames");
  $("play").setAttribute("aria-label", what === "steps" ? "Pause" : "Play");
  $("frame-play").setAttribute("aria-label", what === "frames" ? "Pause the frames" : "Play over the frames");
  $("drawing").classList.toggle("playing-now", what === "steps");
  const speed = Number($("speed").value), hurried = Boolean(what) && speed > 1; // too fast to be read aloud
  const pause = (what === "steps" && !first ? reading() : MOMENT) / speed;
  if (what) running.timer = setTimeout(tick, pause);
  const live = $("step-text"), silent = live.getAttribute("aria-live") === "off";
  live.setAttribute("aria-live", hurried ? "off" : "polite");
  if (silent && !hurried) live.textContent = sentence(); // what was passed over in silence is spoken now
}
function tick() {
  const steps = running.what === "steps";
  steps ? go(now.k + 1) : setFrame(now.frame + 1);
  play((steps ? now.k < STEPS - 1 : now.frame < FRAMES - 1) ? running.what : "");
}
function toggle(what) {
  if (running.what === what) return play("");
  if (what === "steps" && now.k === STEPS - 1) go(0);
  if (what === "frames" && now.frame >= FRAMES - 1) setFrame(0);
  play(what, true);
}
const stepTo = (k) => { play(""); if (!holdBack(k)) go(k); };

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
  if (n.key) return opens(n.key, true);
  const ahead = now.k < SEED;
  const stops = box.ops ? stopsOfOps(box.ops, ahead) : stopsOfTensor(ofRun(box, box.tensors)[0], ahead);
  const next = n.kind !== "tensor" || visited === el ? (stops.indexOf(now.k) + 1) % stops.length : 0;
  visited = el;
  if (n.kind === "tensor") choose(ofRun(box, box.tensors)[0]);
  if (stops.length) stepTo(stops[next]);
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
    const shut = e.target.closest("[data-close]");
    if (shut && moved < 4) opens(shut.dataset.close, false);
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
  "lab-nudge": () => live && nudge(),
  "lab-step": () => live && descent(),
  predict: () => predicting(!quiz.on),
};
const KEYS = {
  Home: "first", ArrowLeft: "back", " ": "play", ArrowRight: "next", End: "last",
  f: "fit", "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", "/": "search", "?": "show-keys",
  n: "lab-nudge", s: "lab-step", p: "predict",
};

function keyboard(e) {
  const { target, key } = e;
  if (e.ctrlKey || e.metaKey || e.altKey || ($("keys").open && key !== "?")) return;
  if (target === $("search")) {
    if (key === "Enter") nextHit(e.shiftKey ? -1 : 1);
    if (key === "Escape") { target.value = ""; search(); $("drawing").focus(); }
    return; // all else is typing
  }
  if (target.matches("input[type=number]")) return key === "Escape" ? $("drawing").focus() : undefined; // typing, too
  // what a control does with a key by itself is not done twice
  if (target.matches("select") || (key === " " && target.matches("button, summary, input[type=checkbox]"))) return;
  if (target.matches("input:not([type=checkbox])") && /^(Arrow|Home|End|Page)/.test(key)) return;
  const node = target.closest?.("[data-node]");
  if (node && key === "Enter") return visit(node);
  const open = key === "Escape" ? openAround(node) : (key === "Enter" || key === " ") && target.closest?.("[data-close]")?.dataset.close;
  if (open) return e.preventDefault(), opens(open, false);
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
  $("frames").hidden = FRAMES < 2;
  $("frame").max = FRAMES - 1;
  for (const [id, act] of Object.entries(ACTS)) if (id !== "search" && id !== "predict") $(id).addEventListener("click", act);
  $("slider").addEventListener("input", (e) => stepTo(e.target.value));
  $("frame").addEventListener("input", (e) => { play(""); setFrame(e.target.value); });
  $("level").addEventListener("change", (e) => setLevel(e.target.value));
  $("speed").addEventListener("change", () => running.what && play(running.what));
  $("theme").addEventListener("change", (e) => { setTheme(e.target.value); describe(); }); // heat maps hold pixels of the old theme
  $("search").addEventListener("input", search);
  document.addEventListener("keydown", keyboard);
  // the event's own address: location may by now be that of a step played in between
  addEventListener("hashchange", (event) => { play(""); readAddress(event.newURL); });
  night.addEventListener("change", describe);
  pointers();
  $("legend").open = innerWidth > 1100 && innerHeight > 700 && fitted().s >= LEGIBLE;
  if (fitted().s < LEGIBLE) $("legend").open = false; // it left too little for the drawing
  $("explodes").textContent = short(EXPLODES);
  startLab();
  startPredict();
  startRuns();
  setTheme(storedTheme());
  readAddress(data.open);
  new ResizeObserver(settle).observe($("drawing"));
  $("legend").addEventListener("toggle", settle);
}

start();

// What tests and a curious console may read and do.
window.player = Object.freeze({
  get step() { return now.k; },
  get steps() { return STEPS; },
  get frame() { return now.frame; },
  get frames() { return FRAMES; },
  get level() { return now.level; },
  get levels() { return levels.length; },
  get view() { return { ...shown().view }; },
  get playing() { return running.what; },
  short,
  go: stepTo, setFrame, setLevel, fit,
  get loss() { return lossNow(); },
  get losses() { return [...lab.losses]; },
  recompute,
  // the numbers of a tensor, and what arrived at it, as the tape has them; nothing of what is frozen
  value: (t) => numbersOf(frames[LIVE].values[t]),
  gradient: (t) => numbersOf(gradient(t, order.length, LIVE).sight),
  // of the arrays that are shown under a letter: point at an element of one, and what lights up in one
  point: (letter, i, which = 0) => pointAt(views.filter((view) => view.letter === letter)[which], i),
  at: (letter) => views.find((view) => view.letter === letter).at,
  lit: (letter, which = 0) => [...views.filter((view) => view.letter === letter)[which].lit].sort((a, b) => a - b),
  set: (t, i, x) => { set(t, i, x); touched(); },
});
