// The timeline: forward steps, the seed, backward steps

const N = ops.length;
const order = frames[0].steps; // all frames are of one graph
const STEPS = N + 1 + order.length;
const SEED = N;
const START = data.start ?? 0; // the level that is shown first
const now = { k: 0, frame: 0, level: START };

const producer = tensors.map(() => -1);
ops.forEach((op, i) => op.outputs.forEach((t) => (producer[t] = i)));
const sweptAt = ops.map(() => []); // the backward steps of each op
const fedAt = tensors.map(() => []); // the backward steps that add to each tensor's gradient
order.forEach((step, j) => {
  sweptAt[step.op].push(j);
  for (const use of step.uses) if (fedAt[use.tensor].at(-1) !== j) fedAt[use.tensor].push(j);
});
const firstUse = tensors.map((_, t) => ops.findIndex((op) => op.inputs.some((i) => i.tensor === t)));

// What each tensor's gradient has been in one frame: after the seed (j = -1) and after each contribution; and what a
// hook of the user made of it in the end: just before the tensor's own operation is swept, or after all contributions.
const histories = frames.map((frame) => {
  const history = tensors.map(() => []);
  for (const [t, sight] of frame.seeds) history[t].push({ j: -1, sight, adds: false });
  frame.steps.forEach((step, j) => {
    for (const use of step.uses) history[use.tensor].push({ j, sight: use.after, adds: use.before !== null });
  });
  for (const [t, sight] of frame.finished ?? []) {
    history[t].hook = { t, sight, j: sweptAt[producer[t]]?.[0] ?? history[t].at(-1)?.j ?? -1 };
  }
  return history;
});

function gradient(t, j, frame = now.frame) {
  const history = histories[frame][t], hooked = history.hook?.j <= j;
  const got = history.filter((h) => h.j <= j).length;
  return { ...history[got - 1], ...(hooked && history.hook), hooked, got, of: history.length };
}
const hooksAt = (j) => histories[now.frame].map((history) => history.hook).filter((hook) => hook?.j === j);

const madeBy = (t) => ops[producer[t]]?.label;
const nameOf = (t) => tensors[t].name || (producer[t] < 0 ? tensors[t].kind : `result of ${madeBy(t)}`);
const titleOf = (op) => op.name + (op.params ? `(${op.params})` : "");
const after = (j) => SEED + 1 + j;

// The steps that a node leads to, one after the other: first the one that finishes its gradient; or, `ahead`, as for a
// click at a forward step, its own forward step.
const inTurn = (back, forward, ahead) => [...new Set(ahead ? [...forward, ...back] : [...back, ...forward])];
function stopsOfOps(list, ahead = false) {
  const back = list.flatMap((op) => sweptAt[op]).sort((a, b) => a - b).map(after);
  return inTurn(back, list.length > 1 && back.length && !ahead ? [] : list, ahead);
}
function stopsOfTensor(t, ahead = false) {
  const finished = (sweptAt[producer[t]] ?? []).map(after), forward = producer[t] < 0 ? firstUse[t] : producer[t];
  return inTurn([...finished, ...fedAt[t].toReversed().map(after)], forward < 0 ? [] : [forward], ahead);
}
