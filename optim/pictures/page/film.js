// The film of a training run: every frame holds the loss, weights, gradients and steps, histograms and the decision
// boundary, and moves them together. Names come from the user's program: they enter the page as text only.

const { frames, parameters, layers, losses, ground } = data;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const PLUS = [213, 94, 0], MINUS = [0, 114, 178]; // see-through, they are read on light and on dark paper
const SICK = [255, 0, 255];
const CLASSES = [MINUS, PLUS, [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [128, 128, 128]];
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];
const player = { frame: 0, playing: 0 };
globalThis.film = player;

const said = (x, digits) => (x === null || x === undefined ? "not finite" : short(x, digits));

// ---- pictures of arrays ----

// The colour of a letter, and how strong it is.
function shadeOf(letter) {
  const share = isSickLetter(letter) ? 1 : shareOf(letter);
  return [isSickLetter(letter) ? SICK : share > 0 ? PLUS : MINUS, Math.abs(share)];
}

function paint(canvas, shades) {
  const pen = canvas.getContext("2d"), image = pen.createImageData(canvas.width, canvas.height);
  [...shades].forEach((letter, i) => {
    const [color, strength] = shadeOf(letter);
    image.data.set([...color, Math.round(255 * strength)], 4 * i);
  });
  pen.putImageData(image, 0, 0);
}

const tiles = parameters.map((p) => {
  const three = html("div", "three");
  $("maps").append(html("div", "map", html("b", "", `${p.name} (${p.shape.join(", ")})`), three));
  return ["w", "g", "step"].map((what) => {
    const canvas = Object.assign(html("canvas"), { width: p.columns, height: p.rows });
    canvas.setAttribute("role", "img");
    const cell = Math.min(24, 100 / p.columns); // pixels, but for rows of tall arrays
    canvas.style.width = `${cell * p.columns}px`;
    canvas.style.height = `${Math.max(12, Math.round(cell * Math.min(p.rows, Math.max(8, 2 * p.columns))))}px`;
    const words = html("figcaption");
    three.append(html("figure", "", canvas, words));
    return { what, canvas, words, name: p.name };
  });
});

// ---- curves ----

const X = [54, 392];
function curve(chart, height, series, log) {
  const known = series.flatMap((s) => s.points).filter(([, y]) => y !== null && (!log || y > 0));
  const scale = log ? Math.log10 : (y) => y;
  let low = Math.min(...known.map(([, y]) => scale(y))), high = Math.max(...known.map(([, y]) => scale(y)));
  if (!known.length) [low, high] = [0, 1];
  if (log) [low, high] = [Math.min(low, -3.2), Math.max(high, -2.8)];
  const width = Math.max(1, data.steps - 1), top = 12, foot = height - 26;
  const across = (x) => X[0] + ((X[1] - X[0]) * x) / width;
  const down = (y) => foot - ((foot - top) * (scale(y) - low)) / (high - low || 1);
  svg("path", { class: "axis", d: `M${X[0]},${top}V${foot}H${X[1]}` }, chart);
  const name = (y) => short(log ? 10 ** y : y, 3);
  svg("text", { x: X[0] - 5, y: top + 8, "text-anchor": "end" }, chart, name(high));
  svg("text", { x: X[0] - 5, y: foot, "text-anchor": "end" }, chart, name(low));
  svg("text", { x: X[0], y: foot + 16 }, chart, "step 1");
  svg("text", { x: X[1], y: foot + 16, "text-anchor": "end" }, chart, String(data.steps));
  if (log) svg("path", { class: "usual", d: `M${X[0]},${down(1e-3)}H${X[1]}` }, chart);
  const path = (points) => {
    let d = "", pen = "M";
    for (const [x, y] of points) {
      if (y === null || (log && !(y > 0))) { pen = "M"; continue; }
      d += `${pen}${across(x).toFixed(1)},${down(y).toFixed(1)}`;
      pen = "L";
    }
    return d;
  };
  series.forEach((s) => svg("path", { class: "curve", d: path(s.points), ...s.look }, chart));
  const cursor = svg("line", { class: "cursor", y1: top, y2: foot }, chart);
  chart.addEventListener("click", (event) => {
    const box = chart.getBoundingClientRect(), x = ((event.clientX - box.left) / box.width) * 400;
    const step = ((x - X[0]) / (X[1] - X[0])) * width;
    const far = frames.map((f) => Math.abs(f.step - step));
    go(far.indexOf(Math.min(...far)));
  });
  return { across, down, path, cursor };
}

const lossChart = curve($("loss"), 260, [{ points: losses }]);
const passed = svg("path", { class: "curve passed" }, $("loss")), dot = svg("circle", { class: "dot", r: 5 }, $("loss"));
const ratios = parameters.map((p, i) => {
  const color = `rgb(${CLASSES[i % CLASSES.length]})`;
  const look = { "stroke-dasharray": DASHES[i % DASHES.length], style: `stroke:${color}` };
  const key = svg("svg", { width: 26, height: 8, "aria-hidden": "true" }), words = html("span");
  svg("path", { class: "curve", d: "M0,4H24", ...look }, key);
  $("ratio-key").append(html("li", "", key, " ", words));
  return { points: frames.map((f) => [f.step, f.maps[i]?.ratio ?? null]), look, words, name: p.name };
});
const ratioChart = curve($("ratio"), 200, ratios, true);

// ---- histograms ----

function histograms(which) {
  return layers.map((name, i) => {
    const seen = frames.map((f) => f[which][i]).filter((h) => h && h[0] !== null);
    const low = Math.min(...seen.map((h) => h[0])), high = Math.max(...seen.map((h) => h[1]));
    const chart = svg("svg", { class: "bins", viewBox: "0 0 150 62", role: "img" });
    const bars = svg("path", {}, chart), words = html("figcaption");
    svg("path", { class: "axis", d: "M0,60H150" }, chart);
    if (seen.length) $(which).append(html("figure", "", chart, words));
    const zero = ((0 - low) / (high - low)) * 150;
    if (which === "activations" && zero > 0 && zero < 150) svg("path", { class: "axis", d: `M${zero},56V62` }, chart);
    return { chart, bars, words, name, low, high };
  });
}
const shown = { activations: histograms("activations"), gradients: histograms("gradients") };

function fill(part, seen) {
  if (!seen || seen[0] === null) return part.bars.setAttribute("d", "");
  const at = (x) => ((x - part.low) / (part.high - part.low || 1)) * 150;
  const [low, high, counts] = seen, wide = (at(high) - at(low)) / counts.length;
  let d = `M${at(low).toFixed(1)},60`;
  [...counts].forEach((c, i) => {
    d += `V${(60 - (DIGITS.indexOf(c) / 63) * 56).toFixed(1)}H${(at(low) + wide * (i + 1)).toFixed(1)}`;
  });
  part.bars.setAttribute("d", `${d}V60z`);
  part.chart.setAttribute("aria-label", `${part.name}: from ${short(low, 3)} to ${short(high, 3)}`);
  part.words.textContent = `${part.name}\n${short(low, 3)} … ${short(high, 3)}`;
}

// ---- the decision boundary ----

const MARKS = [
  (pen, x, y, r) => pen.arc(x, y, r, 0, 7),
  (pen, x, y, r) => (pen.moveTo(x, y - r), pen.lineTo(x + r, y + r), pen.lineTo(x - r, y + r), pen.closePath()),
  (pen, x, y, r) => pen.rect(x - r, y - r, 2 * r, 2 * r),
  (pen, x, y, r) => (pen.moveTo(x, y - r), pen.lineTo(x + r, y), pen.lineTo(x, y + r), pen.lineTo(x - r, y), pen.closePath()),
];
const classColor = (k) => CLASSES[k % CLASSES.length];
function boundary(letters) {
  const canvas = $("ground"), pen = canvas.getContext("2d"), n = ground.places, side = canvas.width / n;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  [...letters].forEach((letter, i) => {
    const code = DIGITS.indexOf(letter), [shade, part] = shadeOf(letter);
    const [color, strength] = ground.kind === "classes" ? [classColor(code >> 2), 0.15 + 0.15 * (code & 3)] : [shade, 0.65 * part];
    pen.fillStyle = `rgba(${color},${strength})`;
    pen.fillRect(Math.floor((i % n) * side), Math.floor(i / n) * side, Math.ceil(side), Math.ceil(side));
  });
  const winner = (letter) => DIGITS.indexOf(letter) >> 2;
  pen.beginPath(); // a line where the model changes its mind
  for (let i = 0; ground.kind === "classes" && i < letters.length; i++) {
    const [x, y] = [(i % n) * side, Math.floor(i / n) * side], here = winner(letters[i]);
    if ((i + 1) % n && winner(letters[i + 1]) !== here) pen.moveTo(x + side, y), pen.lineTo(x + side, y + side);
    if (i + n < letters.length && winner(letters[i + n]) !== here) pen.moveTo(x, y + side), pen.lineTo(x + side, y + side);
  }
  pen.strokeStyle = isDark() ? "#e8e6e1" : "#1f2328";
  pen.lineWidth = 2;
  pen.stroke();
  for (const [x, y, value] of ground.points) {
    const k = ground.kind === "values" ? 0 : value;
    const color = ground.kind === "values" ? (value > 0 ? PLUS : MINUS) : classColor(k);
    pen.beginPath();
    MARKS[k % MARKS.length](pen, x * canvas.width, y * canvas.height, 7);
    pen.fillStyle = `rgb(${color})`;
    pen.strokeStyle = isDark() ? "#16181c" : "#fdfdfb";
    pen.lineWidth = 2.5;
    pen.fill();
    pen.stroke();
  }
}

// ---- frames ----

function steps(frame) {
  const rows = [];
  let plain = true;
  parameters.forEach((p, i) => {
    for (const [j, [w, g, now]] of (frame.maps[i]?.traced ?? []).entries()) {
      const lr = frame.maps[i].lr, due = [w, g, lr].includes(null) ? null : w - lr * g;
      const near = due !== null && now !== null && Math.abs(now - due) <= 2e-4 * Math.max(Math.abs(now), Math.abs(lr * g));
      plain &&= near;
      const cells = [`${p.name}[${p.traced[j].join(", ")}]`, ...[w, lr, g, due, now].map((x) => said(x))];
      rows.push(html("tr", "", cells.map((text) => html("td", "", text))));
    }
  });
  $("steps").tBodies[0].replaceChildren(...rows);
  $("did").textContent = `${data.optimizer} made it`;
  $("step-note").textContent = plain
    ? "The optimizer does just this: each weight goes against its gradient g, by the learning rate lr."
    : `${data.optimizer} makes more of the gradient than w − lr g, so what it made differs from the plain step.`;
}

function go(to) {
  const i = (player.frame = Math.max(0, Math.min(frames.length - 1, to)));
  const frame = frames[i];
  $("slider").value = i;
  const words = [`step ${frame.step + 1} of ${data.steps}`, frame.label, `loss ${said(frame.loss)}`].filter(Boolean);
  $("now").textContent = words.join(" · ");
  $("slider").setAttribute("aria-valuetext", words.join(", "));
  for (const [id, off] of [["first", i === 0], ["back", i === 0], ["next", i === frames.length - 1], ["last", i === frames.length - 1]]) {
    $(id).disabled = off;
  }
  frame.maps.forEach((map, p) => tiles[p].forEach((tile, k) => {
    tile.canvas.hidden = !map;
    if (!map) return;
    paint(tile.canvas, map.shades[k]);
    tile.words.textContent = `${tile.what} ± ${said(map.tops[k], 3)}`;
    tile.canvas.setAttribute("aria-label", `${tile.what} of ${tile.name}, greatest size ${said(map.tops[k], 3)}`);
  }));
  for (const chart of [lossChart, ratioChart]) {
    chart.cursor.setAttribute("x1", lossChart.across(frame.step));
    chart.cursor.setAttribute("x2", lossChart.across(frame.step));
  }
  passed.setAttribute("d", lossChart.path(losses.filter(([x]) => x <= frame.step)));
  dot.toggleAttribute("hidden", frame.loss === null);
  dot.setAttribute("cx", lossChart.across(frame.step));
  if (frame.loss !== null) dot.setAttribute("cy", Math.max(12, Math.min(234, lossChart.down(frame.loss))));
  for (const s of ratios) s.words.textContent = `${s.name} ${said(s.points[i][1], 2)}`;
  for (const which of ["activations", "gradients"]) shown[which].forEach((part, k) => fill(part, frame[which][k]));
  steps(frame);
  if (ground) boundary(frame.ground);
  try {
    history.replaceState(null, "", `#frame=${i}`);
  } catch { /* inside a notebook there is no address */ }
}

function play(on) {
  clearTimeout(player.timer);
  player.playing = on ? 1 : 0;
  $("play").classList.toggle("playing", on);
  $("now").setAttribute("aria-live", on ? "off" : "polite"); // nobody wants each frame of a film read out
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  if (!on) return;
  if (player.frame === frames.length - 1) go(0);
  const tick = () => {
    go(player.frame + 1);
    if (player.frame === frames.length - 1) return play(false);
    player.timer = setTimeout(tick, 1000 / Number($("speed").value));
  };
  player.timer = setTimeout(tick, 1000 / Number($("speed").value));
}

function step(to) {
  play(false);
  go(to);
}
player.go = step;

$("title").textContent = data.title;
$("about").textContent = `${data.optimizer}, ${data.steps} steps, ${frames.length} frames`;
$("hidden").textContent = data.hidden ? ` ${data.hidden} more parameters are not drawn.` : "";
$("slider").max = frames.length - 1;
if (ground) {
  $("ground-card").hidden = false;
  const [[left, right], [bottom, top]] = ground.ends;
  const about = `x[:, 0] from ${short(left, 3)} to ${short(right, 3)}, x[:, 1] from ${short(bottom, 3)} to ${short(top, 3)}`;
  $("ground-key").textContent = `Behind the data what the model says of each place. ${about}.`;
  $("ground").setAttribute("aria-label", `What the model says of each place. ${about}`);
  if (ground.kind === "values") $("ground-title").textContent = "What the model gives";
}
$("first").onclick = () => step(0);
$("back").onclick = () => step(player.frame - 1);
$("next").onclick = () => step(player.frame + 1);
$("last").onclick = () => step(frames.length - 1);
$("play").onclick = () => play(!player.playing);
$("slider").oninput = () => step(Number($("slider").value));
const repaint = () => go(player.frame);
$("theme").onchange = (event) => (setTheme(event.target.value), repaint());
night.addEventListener("change", repaint);
addEventListener("keydown", (event) => {
  const at = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || at.matches("select") || at.matches("#slider") && event.key !== " ") return;
  if (event.key === " " && at.matches("button")) return;
  const to = { ArrowRight: player.frame + 1, ArrowLeft: player.frame - 1, Home: 0, End: frames.length - 1 }[event.key];
  if (to === undefined && event.key !== " " || at.matches(".scroll") && event.key !== " ") return;
  event.preventDefault();
  if (event.key === " ") play(!player.playing);
  else step(to);
});
const asked = () => go(Number(/frame=(\d+)/.exec(location.hash)?.[1] ?? 0));
addEventListener("hashchange", () => (play(false), asked()));
setTheme(storedTheme());
asked();
