// The side panel

function numeral(x, css = "") {
  const span = html("span", css, short(x));
  span.title = short(x, EXACT);
  return span;
}

function heatMap(sight, size = 96) {
  const rows = sight.heat.length, columns = sight.heat[0].length, ratio = devicePixelRatio || 1;
  const cell = Math.max(4, Math.min(14, Math.floor(size / Math.max(rows, columns))));
  const canvas = html("canvas"), pen = canvas.getContext("2d");
  canvas.width = columns * cell * ratio, canvas.height = rows * cell * ratio;
  canvas.style.width = `${columns * cell}px`;
  pen.scale(ratio, ratio);
  sight.heat.forEach((row, r) => [...row].forEach((letter, c) => {
    const sick = isSickLetter(letter);
    pen.fillStyle = sick ? (isDark() ? "#fff" : "#000") : hue(shareOf(letter));
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
  const larger = product(shape) > heat.length * heat[0].length;
  const words = [larger && "each cell: the largest element of its part", shape.length > 2 && "rows: all axes but the last"];
  return words.filter(Boolean).join("; ");
}

function heatFigure(sight) {
  const bar = html("span", "bar"), scale = html("div", "scale", short(-sight.top), bar, short(sight.top));
  bar.style.background = `linear-gradient(to right, ${[-1, -0.5, 0, 0.5, 1].map(hue)})`;
  return html("figure", "", heatMap(sight), scale, html("figcaption", "", heatNote(sight)));
}

// Of up to four elements all, else as many as Python took down.
function cornerOf(sight) {
  const columns = sight.shape.at(-1) ?? 1, rows = product(sight.shape.slice(0, -1));
  const rowOf = (_, r) => flat(sight).slice(r * columns, (r + 1) * columns);
  return { rows, columns, values: sight.corner ?? (sight.all === undefined ? [] : Array.from({ length: rows }, rowOf)) };
}

function cornerTable(sight) {
  const { rows, columns, values } = cornerOf(sight);
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
  if (sight.frozen) return html("span", "frozen", `frozen: ${sight.frozen}`);
  if (isScalar(sight)) return numeral(sight.all, "big");
  const few = sight.all !== undefined, range = few ? "" : `, from ${short(sight.min)} to ${short(sight.max)}`;
  const sick = !few && isSick(sight) ? `, ${sight.nan} NaN, ${sight.inf} infinite` : "";
  const more = few ? "" : `, mean ${short(sight.mean)}${sick}`;
  const words = `${sight.dtype} ${sized(sight.shape)}, ‖${letter}‖ = ${short(normOf(sight))}${range}${more}`;
  const view = sight.array && arrayView(sight, letter);
  if (view) return html("div", "array", html("p", "about", words), view);
  const corner = (sight.corner || few) && cornerTable(sight), heat = sight.heat && heatFigure(sight);
  const slim = !corner && !heat && now.frame > 0 && now.frame !== LIVE && html("p", "about", "statistics only, after the first frame");
  return html("div", "array", html("p", "about", words), slim || html("div", "pair", corner, heat));
}

// A heading and what stands under it.
function section(head, small, sight, letter) {
  return [html("h3", "", head, html("small", "", small)), display(sight, letter)];
}
const row = (label, ...content) => html("div", "row-of", html("span", "", label), ...content);

function summand(caption, sight) {
  const words = sight.frozen ? "frozen" : isScalar(sight) ? numeral(sight.all) : `‖${short(normOf(sight))}‖`;
  return html("span", "", html("small", "", caption), sight.heat ? heatMap(sight, 60) : words);
}

// before + contribution = after; with the sign += where the input is used more than once.
function sumBox(use, count, term) {
  const [before, total] = [use.before, use.after].map(seen), name = nameOf(use.tensor);
  if (!before) {
    const which = count.of > 1 ? `the first of ${count.of} that add up` : "its whole gradient";
    return html("div", "sum", html("p", "title", `contribution to ${name}: ${which}`), display(term, "g"));
  }
  const parts = [summand("before", before), "+", summand("contribution", term), "=", summand("after", total)];
  const sum = html("div", "terms", ...parts);
  const words = `${name} is used again: contribution ${count.at} of ${count.of} is added`;
  const box = html("div", "sum adds", html("p", "title", html("span", "sign", "+="), words), sum);
  const first = (s) => (s.corner ? s.corner[0][0] : flat(s)[0]);
  if (!isScalar(term) && !term.frozen && [before, term, total].every((s) => s.corner || s.all !== undefined)) {
    const [a, b, c] = [before, term, total].map((s) => short(first(s)));
    box.append(html("p", "about mono", `first element: ${a} + ${b} = ${c}`));
  }
  if (!isScalar(term)) box.append(html("p", "title", "Contribution"), display(term, "g"));
  return box;
}

function forwardDetail(i) {
  const op = ops[i], valueOf = (t) => look((frame) => frame.values[t], t);
  const given = op.inputs.map(({ tensor }) => valueOf(tensor)), made = op.outputs.map(valueOf), numbers = worked(op, given, made);
  const does = data.docs?.[op.name];
  const inputs = op.inputs.flatMap(({ tensor, name }, n) => section(`${name} `, `(${nameOf(tensor)})`, given[n], name));
  const outputs = op.outputs.flatMap((t, n) => section("y ", `the output, ${nameOf(t)}`, made[n], "y")), one = made.length === 1 ? meeting(op, [...given, made[0]], given.length) : [];
  const special = [...tokenRows(op, given), ...attentionDetail(i, made), ...timeDetail(i, given, made)]; // which asks for the views of the arrays
  return [
    does && row("computes", html("span", "", does)), numbers && row("in numbers", html("code", "", numbers)), ...special,
    ...(one.length ? [...outputs, ...one, ...inputs] : [...inputs, ...outputs]), // what lights up stands under what one points at
  ].filter(Boolean);
}

const CHANGED = "a hook changed it";

// Of a contribution that is a sum of products: what meets in the element that one points at, and the other factor.
function behind(op, aim, upstream, term) {
  const sights = [...op.inputs.map(({ tensor }) => look((frame) => frame.values[tensor], tensor)), upstream[0]];
  if (upstream.length > 1 || !term?.array || sights.some((sight) => !sight?.array)) return [];
  const factors = new Set((met(op, sights, aim, 0)?.[0] ?? []).map(([n]) => n).filter((n) => n < op.inputs.length));
  const others = [...factors].map((n) => row(`times ${op.inputs[n].name}`, display(sights[n], op.inputs[n].name)));
  return [meeting(op, sights, aim, term), others];
}

function backwardDetail(step, j) {
  const op = ops[step.op], added = {}, changed = hooksAt(j);
  const upstream = step.upstream.map((_, i) => look((frame) => frame.steps[j].upstream[i], op.outputs[i], true));
  const terms = step.uses.map((use, i) => [op.inputs[use.input].name, look((frame) => frame.steps[j].uses[i].term, use.tensor, true)]);
  const whose = (t) => `upstream: the finished gradient of ${nameOf(t)}${gradient(t, j).hooked ? `; ${CHANGED}` : ""}`;
  return [
    upstream.map((sight, i) => section("g ", whose(op.outputs[i]), sight, "g")),
    timeBack(step.op, upstream, terms),
    step.uses.map((use, i) => {
      const history = histories[now.frame][use.tensor];
      added[use.tensor] = (added[use.tensor] ?? history.filter((h) => h.j < j).length) + 1;
      const count = { at: added[use.tensor], of: history.length }, [name, term] = terms[i];
      return [useDetail(use, name, count, term), behind(op, use.input, upstream, term)];
    }),
    changed.filter(({ t }) => !op.outputs.includes(t)).map(({ t, sight }) => (
      section(`gradient of ${nameOf(t)} `, CHANGED, seen(sight), "g")
    )),
  ];
}

function useDetail(use, name, count, term) {
  const local = seen(use.local);
  return [
    html("h3", "", `to ${name} `, html("small", "", `(${nameOf(use.tensor)})`)),
    use.formula && row("rule", html("code", "", use.formula)),
    use.numbers && row("in numbers", html("code", "", use.numbers)),
    local && row("local derivative", display(local, `∂y/∂${name}`)),
    use.matrix != null && row("local derivative", html("span", "about", `rows: elements of y, columns: of ${name}`), display(seen(use.matrix), `∂y/∂${name}`)),
    use.note && row(local ? "note" : "local derivative", html("span", "", use.note)),
    sumBox(use, count, term),
  ];
}

function sentence() {
  const { k } = now, frame = frames[now.frame], prefix = frame.label && FRAMES > 1 ? `${frame.label}: ` : "";
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
  const held = views.findIndex(({ el }) => el === document.activeElement);
  views.length = 0;
  const { k } = now, frame = frames[now.frame], op = ops[currentOp()], j = k - SEED - 1;
  askIn($("panel"));
  $("phase").textContent = phase();
  $("step-text").textContent = sentence();
  if (!op) {
    $("step-title").replaceChildren("The sweep starts");
    const seeds = frame.seeds.flatMap(([t, s]) => section("g ", `gradient of ${nameOf(t)}`, seen(s), "g"));
    $("detail").replaceChildren(...seeds);
    return showRuns();
  }
  $("step-title").replaceChildren(html("span", "symbol", op.label), op.name === op.label ? "" : op.name);
  const about = [op.params && html("code", "", op.params), op.module, op.line && html("code", "", op.line)];
  const detail = k < SEED ? forwardDetail(currentOp()) : backwardDetail(frame.steps[j], j);
  $("detail").replaceChildren(html("div", "", about.map((x) => x && html("p", "where", x)), detail));
  for (const { sight } of views.toReversed()) pointAtLargest(sight); // of several that light up one array, the first does
  showRuns();
  views[held]?.el.focus({ preventScroll: true }); // the keyboard stays where it was
}
