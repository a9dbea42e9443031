// The network: tapes whose sizes are filled in, its parameters, and steps of gradient descent. No derivative is written
// here: the tapes are programs that Python made with the engine's rules.

// A form with its sizes: "§n*h1§" is a number, among other text, too.
function filledIn(tree, sizes) {
  const value = (over, names) => (over ? Number(over) : 1) * names.split("*").reduce((x, name) => (over ? x / sizes[name] : x * sizes[name]), 1);
  const visit = (x) => {
    if (Array.isArray(x)) return x.map(visit);
    if (x && typeof x === "object") return Object.fromEntries(Object.entries(x).map(([key, part]) => [key, visit(part)]));
    if (typeof x !== "string" || !x.includes("§")) return x;
    const whole = /^§(?:(\d)\/)?([\w*]+)§$/.exec(x);
    return whole ? value(whole[1], whole[2]) : x.replace(/§([\w*]+)§/g, (_, names) => value("", names).toLocaleString("en"));
  };
  return visit(tree);
}

class Network {
  constructor({ features, hidden, activation, data: name, seed }) {
    this.widths = [features.length, ...hidden, 1];
    this.form = packed.forms[`${hidden.length} ${hidden.length ? activation : "none"} ${LOSS_OF(name)}`];
    this.parameters = this.widths.slice(1).flatMap((after, layer) => {
      const before = this.widths[layer], reach = sqrt(3 / before);
      return [uniform(seed, 10 + layer, after * before).map((u) => reach * (2 * u - 1)), new Float64Array(after)];
    });
    this.gradients = this.parameters.map((p) => new Float64Array(p.length));
    this.pulls = this.gradients.map((g) => g.slice()); // of the penalty
  }

  // The sizes by the names that the forms have for them.
  sizes(n) {
    return { n, f: this.widths[0], ...Object.fromEntries(this.widths.slice(1).map((width, i) => [`h${i + 1}`, width])) };
  }

  // A tape of n examples, and what it is given before the parameters, which come last.
  tape(kind, n, ...given) {
    const form = filledIn(this.form[kind], this.sizes(n)), tape = new Tape(form);
    tape.outs = form.outs;
    given.forEach((numbers, i) => tape.memory[tape.inputs[i]].set(numbers));
    return tape;
  }

  run(tape) {
    const first = tape.inputs.length - this.parameters.length;
    this.parameters.forEach((p, i) => tape.memory[tape.inputs[first + i]].set(p));
    tape.run();
    return tape.outs.map((v) => tape.memory[v]);
  }

  // The gradients of the loss and of the penalty on one batch: what the next step will use.
  learn(tape) {
    const [, ...outs] = this.run(tape), count = this.parameters.length;
    this.gradients.forEach((g, i) => g.set(outs[i]));
    this.pulls.forEach((g, i) => i % 2 === 0 && g.set(outs[count + 1 + i / 2]));
  }

  // w <- w - lr g
  descend(rate) {
    this.parameters.forEach((w, p) => {
      const g = this.gradients[p], pull = this.pulls[p];
      for (let i = 0; i < w.length; i++) w[i] -= rate * (g[i] + pull[i]);
    });
  }

  // What a player shows of these examples, from where a neuron of a layer is computed on.
  player(n, x, t, layer, neuron) {
    const data = filledIn(this.form.player, this.sizes(n)), { tensors, ops, live } = data;
    const numbers = { x, t, ...Object.fromEntries(this.parameters.map((p, i) => ["Wb"[i % 2] + (i / 2 + 1 | 0), p])) };
    live.leaves.forEach(([leaf], i) => live.tape.fixed.push([live.tape.inputs[i], asText(numbers[tensors[leaf].name])]));
    const weight = tensors.findIndex(({ name }) => name === `W${layer}`);
    const step = ops.findIndex(({ inputs }) => inputs.some(({ tensor }) => tensor === weight));
    return { ...data, open: `#step=${step}&leaf=${weight}.${neuron * this.widths[layer - 1]}&at=y.${neuron}` };
  }
}

const asText = (numbers) => btoa(String.fromCharCode(...new Uint8Array(Float64Array.from(numbers).buffer)));

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
const packed = await unpacked(data.packed);
