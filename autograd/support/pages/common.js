// What pages have in common: their data, how numbers are written, elements, and the colours of numbers.
// Names come from the user's program: they enter a page as text only, never as HTML.

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const night = matchMedia("(prefers-color-scheme: dark)");

// ---- Numbers: how they are written ----

const WORDS = { nan: "NaN", inf: "∞", "-inf": "-∞" }; // what JSON has no numbers for
const word = (x) => (Number.isFinite(x) ? x : Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf");

// At most `digits` significant digits, but every digit before the point below ten million, and no idle zeros.
function short(x, digits = 4) {
  if (typeof x === "string") return WORDS[x];
  const wide = Math.abs(x) >= 10 ** digits && Math.abs(x) < 1e7;
  const rounded = Number(wide ? x.toFixed(0) : x.toPrecision(digits)), size = Math.abs(rounded);
  return size > 0 && (size < 1e-4 || size >= 1e7) ? rounded.toExponential() : String(rounded);
}
const EXACT = 17; // digits that tell any two numbers apart; short() drops those that are not needed

const product = (list) => list.reduce((a, b) => a * b, 1);

// ---- Elements ----

function html(tag, css, ...children) {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

function svg(tag, attributes, parent, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  parent?.append(element);
  return element;
}

// ---- Colours ----

const root = document.documentElement;
const isDark = () => root.dataset.theme === "dark" || (root.dataset.theme === "auto" && night.matches);
const ENDS = {
  light: [[33, 92, 158], [246, 246, 243], [176, 80, 6]],
  dark: [[112, 176, 245], [34, 37, 43], [247, 165, 84]],
};

// Blue below zero, orange above: told apart by every common kind of colour vision.
function tint(x) {
  const [low, middle, high] = ENDS[isDark() ? "dark" : "light"], end = x < 0 ? low : high, part = Math.abs(x) ** 0.8;
  return middle.map((m, i) => Math.round(m + part * (end[i] - m)));
}
const bright = ([r, g, b]) => [r, g, b].reduce((sum, x, i) => sum + [0.2126, 0.7152, 0.0722][i] * (x / 255) ** 2.2, 0);
const hue = (x) => `rgb(${tint(x)})`;

// Pictures of arrays come as a letter an element: "a" to "y" for -1 to 1, "!" for nan, "^" for an infinity.
const shareOf = (letter) => (letter.charCodeAt(0) - 109) / 12;
const isSickLetter = (letter) => letter === "!" || letter === "^";

// The theme that is chosen; what is stored may be none of ours, and a sandboxed frame has no storage.
function setTheme(theme) {
  $("theme").value = theme;
  root.dataset.theme = $("theme").value ||= "auto";
  try { localStorage.setItem("glassgrad-theme", root.dataset.theme); } catch { /* no storage */ }
}
function storedTheme() {
  try { return localStorage.getItem("glassgrad-theme") ?? "auto"; } catch { return "auto"; }
}
