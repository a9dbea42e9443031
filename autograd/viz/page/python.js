// The Python that does the same in Glassgrad, for the settings of the page and the steps that it took

const LAYERS = { tanh: "nn.Tanh()", relu: "nn.ReLU()", sigmoid: "nn.Sigmoid()", none: "" };

function pythonOf(settings, runs) {
  const { data: name, noise, dataSeed, seed, features, hidden, activation, l1, l2, batch } = settings;
  const widths = [features.length, ...hidden, 1];
  const layers = widths.slice(1).flatMap((after, i) => [`nn.Linear(${widths[i]}, ${after})`, i < hidden.length ? LAYERS[activation] : ""]);
  const squared = LOSS_OF(name) === "squared";
  const costs = [
    l1 ? `${l1} * sum(abs(layer.weight).sum() for layer in layers)` : "",
    l2 ? `${l2} / 2 * sum((layer.weight**2).sum() for layer in layers)` : "",
  ].filter(Boolean);
  const imports = ["import numpy as np", "", "import autograd", "import nn", "import optim"];
  return `${imports.join("\n")}


${packed.python.uniform}

${packed.python[name]}

x1, x2, t = ${name}(${ALL}, seed=${dataSeed})
${noise ? `x1 = x1 + ${noise} * (2 * uniform(${dataSeed}, 2, ${ALL}) - 1)\nx2 = x2 + ${noise} * (2 * uniform(${dataSeed}, 3, ${ALL}) - 1)\n` : ""}x = np.stack([${features.map((f) => f.replace("sin", "np.sin")).join(", ")}], axis=1)
t = t[:, None]
train, test = slice(0, ${TRAIN}), slice(${TRAIN}, ${ALL})

model = nn.Sequential(
${layers.filter(Boolean).map((layer) => `    ${layer},`).join("\n")}
).to(np.float64)
layers = [layer for layer in model if isinstance(layer, nn.Linear)]
for i, layer in enumerate(layers):
    draws = uniform(${seed}, 10 + i, layer.weight.size).reshape(layer.weight.shape)
    layer.weight.data = np.sqrt(3 / layer.in_features) * (2 * draws - 1)
    layer.bias.data = np.zeros(layer.out_features)


def loss(rows):
    return nn.functional.${squared ? "mse_loss" : "binary_cross_entropy_with_logits"}(model(x[rows]), t[rows])

${costs.length ? `
def penalty():
    return ${costs.join(" + ")}

` : ""}
optimizer = optim.SGD(model.parameters(), lr=${runs[0][0]})
step = 0
for rate, steps in [${runs.map(([rate, steps]) => `(${rate}, ${steps})`).join(", ")}]:
    optimizer.param_groups[0]["lr"] = rate
    for _ in range(steps):
        rows = np.arange(step * ${batch}, (step + 1) * ${batch}) % ${TRAIN}
        optimizer.zero_grad()
        ${costs.length ? "(loss(rows) + penalty())" : "loss(rows)"}.backward()
        optimizer.step()
        step += 1

with autograd.no_grad():
    print("loss on the data to learn from", loss(train).item())
    print("loss on the data to test on", loss(test).item())
`;
}
