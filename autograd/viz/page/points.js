// Points: the data of points.py, to the same bits but for the last of a sine; and what a network is given of them

function uniform(seed, stream, count) {
  const start = (seed * 1000003 + stream * 7919) % 2 ** 32;
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (i + start) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0xd35a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  });
}

const { PI, sin, cos, sqrt, exp, sign } = Math;
// Each makes [x1, x2, t] of the place i in its data and of two numbers in [0, 1).
const DATA = {
  spiral: (i, u) => { const t = i % 2, angle = 3 * PI * u + PI * t, radius = 0.2 + 2.6 * u; return [radius * sin(angle), radius * cos(angle), t]; },
  circles: (i, u, v) => { const t = i % 2, radius = t ? 1.3 * sqrt(v) : 1.9 + 0.9 * v; return [radius * sin(2 * PI * u), radius * cos(2 * PI * u), t]; },
  moons: (i, u) => { const t = i % 2, side = 1 - 2 * t; return [side * (1.7 * cos(PI * u) - 0.85), side * (1.7 * sin(PI * u) - 0.45), t]; },
  xor: (i, u, v) => { const [a, b] = [5.6 * u - 2.8, 5.6 * v - 2.8]; return [a + 0.15 * sign(a), b + 0.15 * sign(b), a * b > 0 ? 1 : 0]; },
  hills: (i, u, v) => {
    const [a, b] = [5.6 * u - 2.8, 5.6 * v - 2.8], away = (s) => (a - s) ** 2 + (b - s) ** 2;
    return [a, b, exp(-away(1.2) / 2) - exp(-away(-1.2) / 2)];
  },
};
const TITLES = { spiral: "spiral", circles: "circles", moons: "moons", xor: "xor", hills: "regression" };
const LOSS_OF = (name) => (name === "hills" ? "squared" : "logistic");
const TRAIN = 200, ALL = 300, REACH = 3.2; // examples to learn from, with those to test on; the plane goes from -3.2 to 3.2

// What a network may be given of a place: by the Python that computes it.
const FEATURES = {
  x1: (a) => a, x2: (a, b) => b, "x1**2": (a) => a * a, "x2**2": (a, b) => b * b, "x1*x2": (a, b) => a * b,
  "sin(2*x1)": (a) => sin(2 * a), "sin(2*x2)": (a, b) => sin(2 * b),
};
const WRITTEN = { x1: "x₁", x2: "x₂", "x1**2": "x₁²", "x2**2": "x₂²", "x1*x2": "x₁x₂", "sin(2*x1)": "sin 2x₁", "sin(2*x2)": "sin 2x₂" };

function pointsOf(name, seed, noise) {
  const [u, v, a, b] = [0, 1, 2, 3].map((stream) => uniform(seed, stream, ALL));
  return Array.from(u, (_, i) => {
    const [x1, x2, t] = DATA[name](i, u[i], v[i]);
    return { x1: x1 + noise * (2 * a[i] - 1), x2: x2 + noise * (2 * b[i] - 1), t };
  });
}

const featuresOf = (points, names) => Float64Array.from(points.flatMap(({ x1, x2 }) => names.map((name) => FEATURES[name](x1, x2))));
const targetsOf = (points) => Float64Array.from(points, ({ t }) => t);
