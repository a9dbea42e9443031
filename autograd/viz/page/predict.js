// Predict: before a backward step is shown, the reader says what it adds. A wrong answer is compared with what likely
// mistakes would have given, and the hint names the one that it was.

const quiz = { on: false, k: -1, use: 0, right: 0, asked: 0, tried: false };

const firstOf = (sight) => (!sight || sight.frozen ? undefined : sight.all !== undefined ? flat(sight)[0] : sight.corner?.[0][0]);
const alike = (a, b) => a === b || Math.abs(a - b) <= 0.005 * Math.abs(b) + 1e-12; // a reader rounds

// What is asked of one use: the number, what it is called, and what other numbers would mean.
function question(k, u) {
  const frame = frames[now.frame], step = frame.steps[k - SEED - 1], use = step?.uses[u];
  if (!use) return null;
  const [term, before, after, local, g] = [use.term, use.before, use.after, use.local, step.upstream[0]].map((i) => firstOf(seen(i)));
  const op = ops[step.op], name = nameOf(use.tensor), adds = use.before !== null, want = adds ? after : term;
  if (typeof want !== "number") return null;
  const mistakes = [];
  const mean = (x, hint) => Number.isFinite(x) && !alike(x, want) && !mistakes.some((m) => alike(m.x, x)) && mistakes.push({ x, hint });
  if (adds) mean(term, `a forgotten sum: ${name} already holds ${short(before)}, and contributions add up`);
  if (adds) mean(before, "that is what was there before this step: now something is added");
  if (adds) mean(before - term, "the sign: the contribution was taken off, not added");
  mean(-want, "the sign: the number is right but for that");
  if (use.note.startsWith("then summed")) mean(g * local, "a forgotten sum: along the axes where it was broadcast, every element counts");
  const sizes = op.inputs.map(({ tensor }) => firstOf(seen(frame.values[tensor])));
  step.uses.forEach((other) => {
    const wrong = `the wrong operand: that goes to ${nameOf(other.tensor)}`;
    if (other !== use && other.tensor !== use.tensor) mean(adds ? before + firstOf(seen(other.term)) : firstOf(seen(other.term)), wrong);
  });
  mean((adds ? before : 0) + g * sizes[use.input], `the wrong operand: ${name} itself is not the factor, see the rule`);
  if (!adds) mean(g, "that is what comes in: it is still to be multiplied by the local derivative");
  if (!adds) mean(local, "that is the local derivative alone: what comes in is still to be multiplied with it");
  for (const x of [want * 2, want / 2, want + 1, want - 1]) mean(x, "");
  return { step, use, op, name, adds, want, mistakes, scalar: isScalar(seen(use.term)) };
}

// Whether the step was held back, to be asked for; a second call goes on without an answer.
function holdBack(k) {
  if (!quiz.on || k !== now.k + 1 || k <= SEED) return false;
  if (quiz.k === k) return settled(false), false;
  if (!question(k, 0)) return false;
  Object.assign(quiz, { k, use: 0, tried: false });
  show();
  $("quiz-number")?.focus();
  return true;
}

function answer(x) {
  const asked = question(quiz.k, quiz.use);
  if (alike(x, asked.want)) return settled(true);
  const mistake = asked.mistakes.find((m) => m.hint && alike(x, m.x));
  quiz.tried = true;
  const rule = asked.use.formula ? html("span", "", " The rule: ", html("code", "", asked.use.formula), ".") : "";
  $("quiz-said").replaceChildren(mistake ? `Not ${short(x)}: ${mistake.hint}.` : `Not ${short(x)}.`, rule);
}

// The question is over: the next one of this step, or the step itself.
function settled(right) {
  const { want, name } = question(quiz.k, quiz.use), { k } = quiz;
  quiz.asked++;
  if (right && !quiz.tried) quiz.right++;
  const said = `${right ? "Right" : "It was"}: ${short(want)} for ${name}.`;
  quiz.use++, (quiz.tried = false);
  if (!right || !question(k, quiz.use)) {
    quiz.k = -1;
    go(k);
  } else show();
  score(said);
  $("quiz-number")?.focus();
}

function score(said = "") {
  $("quiz-score").textContent = quiz.on ? `${quiz.right} of ${quiz.asked} at first try. ${said}` : "";
}

function predicting(on) {
  Object.assign(quiz, { on, k: -1 });
  $("predict").checked = on;
  if (on) play("");
  score(now.k < SEED ? "The questions begin with the backward steps." : "");
  show(false);
}

// The question in the panel, in the place of the step that it is about.
function askIn(panel) {
  if (quiz.k !== now.k + 1) quiz.k = -1;
  const asked = quiz.k < 0 ? null : question(quiz.k, quiz.use);
  panel.classList.toggle("asking", Boolean(asked));
  $("quiz-ask").replaceChildren();
  if (!asked) return;
  const { step, use, op, name, adds, want, mistakes, scalar } = asked, frame = frames[now.frame];
  const whole = scalar ? "" : "the first element of ";
  const words = adds ? `${name} already holds ${short(firstOf(seen(use.before)))}${scalar ? "" : " there"}. What is ${whole}its gradient after this step?`
    : `What is ${whole}the gradient that goes to ${op.inputs[use.input].name} (${name})?`;
  const choices = [want, ...mistakes.slice(0, 3).map((m) => m.x)];
  const turn = (quiz.k * 7 + quiz.use * 3) % choices.length;
  const buttons = [...choices.slice(turn), ...choices.slice(0, turn)].map((x) => {
    const button = html("button", "choice", short(x));
    button.addEventListener("click", () => answer(x));
    return button;
  });
  const number = html("input"), form = html("form", "lab-row", number, html("button", "", "Check"));
  Object.assign(number, { id: "quiz-number", type: "number", step: "any", autocomplete: "off" });
  number.setAttribute("aria-label", "Your answer");
  form.addEventListener("submit", (e) => { e.preventDefault(); if (number.value !== "") answer(Number(number.value)); });
  const said = html("p", "", "");
  Object.assign(said, { id: "quiz-said" });
  said.setAttribute("aria-live", "polite");
  $("quiz-ask").replaceChildren(
    html("p", "where", `Next: backward through ${op.name}${op.module ? ` in ${op.module}` : ""}`), html("h2", "", words), form, html("div", "lab-row", html("span", "about", "or choose"), buttons), said,
    ...section("g ", "what comes in", seen(step.upstream[0]), "g"),
    ...forwardDetail(step.op),
  );
}

function startPredict() {
  $("predict").addEventListener("change", (e) => predicting(e.target.checked));
}
