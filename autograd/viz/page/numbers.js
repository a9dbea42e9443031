// The player: steps through one recorded backward sweep. Its parts follow each other in one script, a file for each idea,
// which one reads alone: what pages share, numbers, the live tape, the timeline (what is known at step k), the drawing, its view, modules
// that open in place, arrays, what meets in an element, insides of operations, the side panel, the lab, predictions, the
// controls. Together they are more than 2,000 lines; none needs more than those before it to be understood. Python wrote
// the data: what is shown first is what the engine did. Once a number is touched, the tape computes both passes anew.
// Names come from the user's program: they enter the page as text only, never as HTML.

const { sights, tensors, ops, levels, frames } = data;
const EXPLODES = data.explodes; // a gradient of a larger norm is marked

const flat = (sight) => [sight.all].flat(Infinity);
const isScalar = (sight) => sight.all !== undefined && !Array.isArray(sight.all);
const sized = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`; // as everywhere, and in NumPy
const isSick = (sight) => sight.nan + sight.inf > 0 || flat(sight).some((x) => typeof x === "string");

function normOf(sight) {
  if (sight.frozen) return "nan";
  if (sight.all === undefined) return sight.norm;
  const parts = flat(sight);
  return parts.includes("nan") ? "nan" : isSick(sight) ? "inf" : Math.hypot(...parts);
}

function markOf(sight) {
  if (sight.frozen) return "";
  if (isSick(sight)) return "sick";
  if (normOf(sight) === 0) return "zero";
  return normOf(sight) > EXPLODES ? "explodes" : "";
}

function listed(all, digits) {
  return Array.isArray(all) ? `[${all.map((part) => listed(part, digits)).join(", ")}]` : short(all, digits);
}

// A line for a box: the number, the few numbers if there is room for them, or the norm.
function brief(sight, letter, room) {
  if (!sight) return "—";
  if (sight.frozen) return "frozen";
  const text = sight.all !== undefined ? listed(sight.all) : "";
  return text && (text.length <= room || isScalar(sight)) ? text : `‖${letter}‖ = ${short(normOf(sight))}`;
}

// The same in full, for tooltips.
function full(sight) {
  if (!sight) return "none yet";
  if (sight.frozen) return `frozen: ${sight.frozen}`;
  if (sight.all !== undefined) return listed(sight.all, EXACT);
  return ["min", "mean", "max", "norm"].map((name) => `${name} ${short(sight[name], EXACT)}`).join(", ");
}

// And in words, for the sentence that is read aloud.
function spoken(sight) {
  if (!sight) return "nothing";
  if (sight.frozen) return "something that is frozen here";
  if (!isScalar(sight) && normOf(sight) === 0) return `an all-zero ${sized(sight.shape)} array`;
  if (sight.all !== undefined) return listed(sight.all);
  const sick = isSick(sight) ? " with NaN or infinite elements" : "";
  return `a ${sized(sight.shape)} array of norm ${short(sight.norm)}${sick}`;
}
