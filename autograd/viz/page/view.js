// The view: zoom and pan, kept between steps

const shown = () => (built[now.level] ??= build(drawingOf(now.level)));
const stage = () => $("drawing").getBoundingClientRect();
const currentOp = () => (now.k < SEED ? now.k : now.k > SEED ? frames[now.frame].steps[now.k - SEED - 1].op : -1);

function currentBox() {
  const { boxes, level } = shown(), op = currentOp();
  return boxes[op >= 0 ? level.where[op] : level.whose[frames[now.frame].seeds[0]?.[0]]];
}

function applyView(glide = false) {
  const { view: { x, y, s }, boxes } = shown();
  $("world").classList.toggle("gliding", glide && boxes.length < MANY);
  $("world").classList.toggle("far", s < FAR);
  const near = $("world").classList.toggle("near", s >= NEAR), crossed = near !== shown().near;
  shown().near = near;
  $("world").style.transform = `translate(${x}px, ${y}px) scale(${s})`;
  cull();
  if (crossed) paint();
}

function cull() {
  const { items, boxes, view: { x, y, s } } = shown(), { width, height } = stage();
  const [left, top, right, bottom] = [-x / s, -y / s, (width - x) / s, (height - y) / s];
  shown().active = items.filter((item) => {
    const [x0, y0, x1, y1] = item.bounds, meets = x0 < right && x1 > left && y0 < bottom && y1 > top;
    const inside = boxes.length < MANY || meets;
    if (inside === Boolean(item.inside)) return inside;
    item.inside = inside;
    item.el ??= item.draw(item);
    // taken out, not hidden: browsers lay out what is in a hidden <g> all the same
    if (inside) item.layer.append(item.el), item.paint(item);
    else item.el.remove();
    return inside;
  });
}

function setView(view, glide) {
  shown().view = view;
  applyView(glide);
}

const NEAR = 2.2; // from this scale on a box shows its numbers
const isNear = () => shown().view?.s >= NEAR;
const LEGIBLE = 0.6; // the least scale at which a whole drawing is better than a part of it
const margin = 28;

// What an open legend leaves of the stage; in a narrow one it lies over the drawing.
function room() {
  const { width, height } = stage(), legend = $("legend").open ? $("legend").offsetWidth + 10 : 0;
  const left = width > 2.5 * legend ? legend : 0;
  return { left, width: width - left, height };
}

function fitted() {
  const { left, width, height } = room(), { level } = shown();
  const s = Math.min((width - 2 * margin) / level.width, (height - 2 * margin) / level.height, 1.4);
  return { s, x: left + (width - s * level.width) / 2, y: (height - s * level.height) / 2, fit: true };
}
const fit = () => setView(fitted());

// What does not fit legibly starts at a size one can read, around the current step.
function firstView() {
  const { level } = shown(), box = currentBox(), { left, width, height } = room(), whole = fitted();
  if (whole.s >= LEGIBLE || !box) return setView({ ...whole, fit: false });
  const place = (at, length, space) => {
    const slack = space - length; // less than nothing where the drawing is larger than the stage
    return slack > 2 * margin ? slack / 2 : Math.min(margin, Math.max(slack - margin, space / 2 - at));
  };
  setView({ s: 1, x: left + place(box.n.x, level.width, width), y: place(box.n.y, level.height, height) });
  reveal(box);
}

// After the stage or the level has changed: as far as may be, what the reader chose to see.
function settle() {
  const { view } = shown();
  if (view?.own) applyView();
  else view?.fit ? fit() : firstView();
}

function zoom(factor, cx = stage().width / 2, cy = stage().height / 2) {
  const { view } = shown(), least = Math.min(0.02, fitted().s);
  const s = Math.min(4, Math.max(least, view.s * factor)), f = s / view.s;
  setView({ s, x: cx - f * (cx - view.x), y: cy - f * (cy - view.y), own: true });
}

function pan(dx, dy) {
  const { view } = shown();
  setView({ s: view.s, x: view.x + dx, y: view.y + dy, own: true });
}

// Move as little as it takes to have the node inside; nothing at all if it is.
function reveal(box) {
  const { left, width, height } = room();
  if (!box || !width) return;
  const { view } = shown(), { n } = box;
  const nudge = (centre, half, space) => {
    const low = centre - half - 26, high = centre + half + 26;
    return high - low > space ? space / 2 - centre : low < 0 ? -low : high > space ? space - high : 0;
  };
  const dx = nudge(view.x - left + view.s * n.x, view.s * n.w / 2, width);
  const dy = nudge(view.y + view.s * n.y, view.s * n.h / 2, height);
  if (dx || dy) setView({ ...view, x: view.x + dx, y: view.y + dy }, true);
}
