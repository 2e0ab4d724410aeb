/**
 * Drawing and controls shared by the demos: SVG plots with axes, labelled sliders, a live readout,
 * a draggable point, a link to the present state. Each function does one thing; `DemoView` ties
 * them to a widget model. Colours and sizes are in demo.css.
 *
 * @typedef {{left: number, right: number, top: number, bottom: number}} Box  Pixels, y downwards.
 * @typedef {[number, number]} Interval
 * @typedef {((value: number) => number) & {invert: (pixel: number) => number,
 *   ticks: (count: number) => number[], domain: Interval}} Scale  From data to pixels.
 */

const SVG = "http://www.w3.org/2000/svg";

// ---------------------------------------------------------------------------------- elements

/** Create an SVG element, with attributes and text, at the end of `parent`. */
export function svg(name, attributes = {}, parent = null, text = "") {
  return fill(document.createElementNS(SVG, name), attributes, parent, text);
}

/** Create an HTML element, with attributes and text, at the end of `parent`. */
export function html(name, attributes = {}, parent = null, text = "") {
  return fill(document.createElement(name), attributes, parent, text);
}

function fill(element, attributes, parent, text) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  parent?.append(element);
  return element;
}

/** Set several attributes of an element at once. */
export function place(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
}

// ----------------------------------------------------------------------------------- numbers

/** Bring `value` into [low, high]. */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** Write a power of ten: 10⁻⁶. */
export function powerOfTen(exponent) {
  const raised = [...String(exponent)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
  return "10" + raised.join("");
}

/** Write a number for people: 0.17, −4, 3.2 × 10⁻⁷. */
export function formatNumber(value, digits = 3) {
  if (!Number.isFinite(value)) return "more than " + powerOfTen(308);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const [mantissa, exponent] = value.toExponential(Math.min(digits, 2) - 1).split("e");
    return `${mantissa}\u00a0×\u00a0${powerOfTen(Number(exponent))}`.replace("-", "−");
  }
  return value.toPrecision(digits).replace("-", "−");
}

/** Write a number with a fixed count of decimals and a true minus sign. */
export function formatFixed(value, decimals) {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** Round to significant digits, so that what is shown is what is computed with. */
export function roundSignificant(value, digits = 3) {
  return Number(value.toPrecision(digits));
}

// ------------------------------------------------------------------------------------ scales

/** A linear scale from `domain` to `range` (pixels). @returns {Scale} */
export function linearScale(domain, range) {
  const slope = (range[1] - range[0]) / (domain[1] - domain[0]);
  const scale = (value) => range[0] + (value - domain[0]) * slope;
  scale.invert = (pixel) => domain[0] + (pixel - range[0]) / slope;
  scale.ticks = (count) => linearTicks(domain, count);
  scale.domain = domain;
  return scale;
}

/** A logarithmic scale; zero and below are drawn far under the axis. @returns {Scale} */
export function logScale(domain, range) {
  const exponents = domain.map(Math.log10);
  const linear = linearScale(exponents, range);
  const scale = (value) => linear(Math.log10(Math.max(value, 1e-300)));
  scale.invert = (pixel) => 10 ** linear.invert(pixel);
  scale.ticks = (count) => linearTicks(exponents, count).filter(Number.isInteger).map((e) => 10 ** e);
  scale.domain = domain;
  return scale;
}

/** Round tick values (1, 2 or 5 times a power of ten apart), about `count` of them. */
export function linearTicks(domain, count) {
  const [low, high] = [Math.min(...domain), Math.max(...domain)];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((m) => m * power >= raw * 0.999) ?? 10);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i <= high / step + 1e-9; i++) ticks.push(i * step);
  return ticks;
}

// ------------------------------------------------------------------------------------- plots

/**
 * A framed plot with axes. The picture is scaled as a whole, so lay it out at the width of a phone.
 *
 * @param {Element} parent
 * @param {object} options
 * @param {string} options.title  A short heading over the plot.
 * @param {number} options.width  Units of the view box, about CSS pixels on a phone.
 * @param {number} options.height
 * @param {Box} [options.margin]
 * @param {Axis} options.x
 * @param {Axis} [options.y]  Without it, only the horizontal axis is drawn.
 *
 * @typedef {object} Axis
 * @property {Interval} domain
 * @property {boolean} [log]
 * @property {string} label
 * @property {string} [class]  A class of the label, to colour it like what it measures.
 * @property {number} [count]  About how many ticks.
 * @property {boolean} [grid]
 *
 * @returns {{root: SVGSVGElement, data: SVGGElement, front: SVGGElement, x: Scale, y: Scale,
 *   box: Box, describe: (text: string) => void}}  `data` is clipped to the frame, `front` is not.
 */
export function createPlot(parent, { title, width, height, margin, x, y }) {
  const figure = html("figure", { class: "panel" }, parent);
  html("figcaption", {}, figure, title);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" }, figure);
  const edge = { left: 52, right: 12, top: 10, bottom: 42, ...margin };
  const [right, bottom] = [width - edge.right, height - edge.bottom];
  const box = { left: edge.left, right, top: edge.top, bottom };
  const scaleX = createScale(x, [box.left, box.right]);
  const scaleY = y ? createScale(y, [box.bottom, box.top]) : null;

  drawAxisX(root, box, scaleX, x);
  if (y) drawAxisY(root, box, scaleY, y);

  const clip = svg("clipPath", { id: uniqueId("clip") }, svg("defs", {}, root));
  svg("rect", rectangle(box), clip);
  const data = svg("g", { "clip-path": `url(#${clip.id})` }, root);
  if (y) svg("rect", { ...rectangle(box), class: "frame" }, root);
  const front = svg("g", {}, root);
  const describe = (text) => root.setAttribute("aria-label", text);
  return { root, data, front, x: scaleX, y: scaleY, box, describe };
}

function createScale(axis, range) {
  return (axis.log ? logScale : linearScale)(axis.domain, range);
}

function drawAxisX(root, box, scale, axis) {
  for (const value of scale.ticks(axis.count ?? 5)) {
    const at = scale(value);
    if (axis.grid) svg("line", { x1: at, x2: at, y1: box.top, y2: box.bottom, class: "grid" }, root);
    svg("line", { x1: at, x2: at, y1: box.bottom, y2: box.bottom + 5, class: "tick" }, root);
    svg("text", { x: at, y: box.bottom + 18, class: "tick-label middle" }, root, tickText(value, axis));
  }
  const middle = { x: (box.left + box.right) / 2, y: box.bottom + 36 };
  svg("text", { ...middle, class: `axis-label middle ${axis.class ?? ""}` }, root, axis.label);
}

function drawAxisY(root, box, scale, axis) {
  for (const value of scale.ticks(axis.count ?? 5)) {
    const at = scale(value);
    if (axis.grid) svg("line", { x1: box.left, x2: box.right, y1: at, y2: at, class: "grid" }, root);
    svg("line", { x1: box.left - 5, x2: box.left, y1: at, y2: at, class: "tick" }, root);
    svg("text", { x: box.left - 8, y: at + 4, class: "tick-label end" }, root, tickText(value, axis));
  }
  const centre = (box.top + box.bottom) / 2;
  const turned = { transform: `translate(12 ${centre}) rotate(-90)` };
  svg("text", { ...turned, class: `axis-label middle ${axis.class ?? ""}` }, root, axis.label);
}

function tickText(value, axis) {
  if (axis.log) return value === 1 ? "1" : powerOfTen(Math.round(Math.log10(value)));
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/** The attributes of the SVG rectangle that covers a box. */
export function rectangle({ left, right, top, bottom }) {
  return { x: left, y: top, width: right - left, height: bottom - top };
}

let identifiers = 0;

/** An id that no other element of the page has. */
export function uniqueId(stem) {
  identifiers += 1;
  return `lrdemo-${stem}-${identifiers}`;
}

// ------------------------------------------------------------------------------------- lines

/**
 * Path data of a line through data points, cut at a box somewhat larger than the frame: a path that
 * diverges has coordinates that no renderer can take. Ends at the first point that is not finite.
 * Takes the points from `first` to `last`, all of them unless told otherwise.
 */
export function linePath(xs, ys, plot, first = 0, last = xs.length - 1) {
  const outer = grow(plot.box, 20);
  let data = "";
  let pen = null;
  for (let i = first + 1; i <= last; i++) {
    const from = [plot.x(xs[i - 1]), plot.y(ys[i - 1])];
    const to = [plot.x(xs[i]), plot.y(ys[i])];
    if (![...from, ...to].every(Number.isFinite)) break;
    const cut = clipSegment(from, to, outer);
    if (!cut) continue;
    const [a, b] = cut.map(pixelPair);
    data += (a === pen ? "" : `M${a}`) + `L${b}`;
    pen = b;
  }
  return data;
}

/** Path data of a dot at each data point inside the frame; draw it with round line caps. */
export function dotPath(xs, ys, plot) {
  let data = "";
  for (let i = 0; i < xs.length; i++) {
    const at = [plot.x(xs[i]), plot.y(ys[i])];
    if (isInside(at, grow(plot.box, 4))) data += `M${pixelPair(at)}h0`;
  }
  return data;
}

/**
 * Where a line through data points first leaves the frame.
 * @returns {{step: number, at: Interval, angle: number} | null}  `angle` in degrees.
 */
export function firstExit(xs, ys, plot) {
  for (let i = 1; i < xs.length; i++) {
    const to = [plot.x(xs[i]), plot.y(ys[i])];
    if (isInside(to, plot.box)) continue;
    const from = [plot.x(xs[i - 1]), plot.y(ys[i - 1])];
    const angle = (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI;
    return { step: i, at: clipSegment(from, to, plot.box)?.[1] ?? from, angle };
  }
  return null;
}

/** The part of a segment within a box (Liang and Barsky, 1984), or null. */
export function clipSegment([x0, y0], [x1, y1], box) {
  let [enter, leave] = [0, 1];
  const [dx, dy] = [x1 - x0, y1 - y0];
  for (const [step, room] of [
    [-dx, x0 - box.left], [dx, box.right - x0], [-dy, y0 - box.top], [dy, box.bottom - y0],
  ]) {
    if (step === 0 && room < 0) return null;
    if (step < 0) enter = Math.max(enter, room / step);
    if (step > 0) leave = Math.min(leave, room / step);
  }
  if (enter > leave) return null;
  // Rounding of very large numbers can put a cut far outside again.
  const at = (part) => [
    clamp(x0 + part * dx, box.left, box.right),
    clamp(y0 + part * dy, box.top, box.bottom),
  ];
  return [at(enter), at(leave)];
}

/** Whether a pixel is in a box, its edge included. */
export function isInside([x, y], box) {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

/** A box with `by` more pixels on each side. */
export function grow(box, by) {
  return { left: box.left - by, right: box.right + by, top: box.top - by, bottom: box.bottom + by };
}

function pixelPair([x, y]) {
  return `${x.toFixed(2)} ${y.toFixed(2)}`;
}

/**
 * Write a label on each contour, inside the frame and clear of the others.
 *
 * @param {SVGGElement} parent
 * @param {{text: string, candidates: Interval[]}[]} contours  Pixels where the label may stand, the
 *   best first. A contour without a free place stays without a label.
 * @param {Box} box
 * @param {{x: number, y: number, half: number}[]} [taken]  Lines of text that stand there already:
 *   their centre and half their width.
 */
export function labelContours(parent, contours, box, taken = []) {
  taken = [...taken];
  for (const { text, candidates } of contours) {
    const half = 4 * text.length + 3;
    const free = ([x, y]) =>
      isInside([x - half, y - 10], box) &&
      isInside([x + half, y + 10], box) &&
      taken.every((t) => Math.abs(x - t.x) > half + t.half || Math.abs(y - t.y) > 15);
    const spot = candidates.find(free);
    if (!spot) continue;
    taken.push({ x: spot[0], y: spot[1], half });
    svg("text", { x: spot[0], y: spot[1] + 4, class: "contour-label middle halo" }, parent, text);
  }
}

/** Let the pointer (mouse, pen, finger) drag a handle; `onMove` gets data coordinates. */
export function makeDraggable(handle, plot, onMove) {
  let offset = null;
  const pointerAt = (event) => {
    const toPicture = plot.root.getScreenCTM().inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(toPicture);
    return [x, y];
  };
  handle.classList.add("handle");
  handle.addEventListener("pointerdown", (event) => {
    const [x, y] = pointerAt(event);
    const centre = handle.transform.baseVal.consolidate().matrix;
    offset = [x - centre.e, y - centre.f];
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!offset) return;
    const [x, y] = pointerAt(event);
    onMove([plot.x.invert(x - offset[0]), plot.y.invert(y - offset[1])]);
  });
  // Or a finger would scroll the page: touch-action does not reach every SVG element.
  handle.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => (offset = null));
}

// ------------------------------------------------------------------------------ link to a state

/** Write settings as a URL fragment: #quadratic-bowl?learning_rate=0.17&start=-4,2 */
export function encodeState(name, state) {
  return `#${name}?` + Object.entries(state).map(([key, value]) => `${key}=${value}`).join("&");
}

/**
 * Read settings from a URL fragment. What is missing, not a number or not a word of the choice is left
 * out; a number out of range is brought into it.
 *
 * @param {string} fragment
 * @param {string} name
 * @param {Object<string, Interval | Interval[] | string[]>} limits  One interval, one for each
 *   coordinate, or the words to choose from.
 * @returns {object | null}  Null if the fragment is not a state of this demo.
 */
export function decodeState(fragment, name, limits) {
  if (!fragment.startsWith(`#${name}?`)) return null;
  const state = {};
  for (const [key, text] of new URLSearchParams(fragment.slice(name.length + 2))) {
    if (!Object.hasOwn(limits, key)) continue;
    if (typeof limits[key][0] === "string") {
      if (limits[key].includes(text)) state[key] = text;
      continue;
    }
    const intervals = [limits[key]].flat(2).length === 2 ? [limits[key]] : limits[key];
    const numbers = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
    if (numbers.length !== intervals.length || !numbers.every(Number.isFinite)) continue;
    const inside = numbers.map((number, i) => clamp(number, ...intervals[i]));
    state[key] = inside.length === 1 ? inside[0] : inside;
  }
  return state;
}

// ------------------------------------------------------------------------- grids of results

/**
 * Unpack a grid of numbers that lrcourse.demos packed into 16 bits each, evenly in their logarithm.
 *
 * @param {{data: DataView, shape: number[], low: number, step: number}} packed
 * @returns {{shape: number[], values: Float64Array, at: (...index: number[]) => number}}
 *   The last axis runs fastest; NaN where there is no number.
 */
export function unpackGrid({ data, shape, low, step }) {
  const values = new Float64Array(data.byteLength / 2);
  for (let i = 0; i < values.length; i++) {
    const code = data.getUint16(2 * i, true);
    values[i] = code === 0 ? 0 : code === 0xffff ? NaN : low * Math.exp(step * (code - 1));
  }
  const at = (...index) => values[index.reduce((flat, place, axis) => flat * shape[axis] + place, 0)];
  return { shape, values, at };
}

/** Where in a rising list of positive numbers the one closest to `value` stands, as a ratio. */
export function nearestIndex(list, value) {
  const distance = (entry) => Math.abs(Math.log(entry / value));
  return list.reduce((best, entry, i) => (distance(entry) < distance(list[best]) ? i : best), 0);
}

// ------------------------------------------------------------------------------ random numbers

/**
 * Standard normal numbers, the same as `normals` of lrcourse.demos: mulberry32 (Ettinger, 2017),
 * then Box and Muller.
 */
export function normals(count, seed) {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log((mulberry32(seed, i + 1) + 1) / 2 ** 32));
    const angle = 2 * Math.PI * (mulberry32(seed, i + 2) / 2 ** 32);
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** The n-th random word of 32 bits. */
function mulberry32(seed, n) {
  const a = (Math.imul(n, 0x6d2b79f5) + seed) | 0;
  let t = Math.imul(a ^ (a >>> 15), a | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}

// -------------------------------------------------------------------------------- the whole demo

/** A demo in the page: its root element, its controls, and the redrawing of both. */
export class DemoView {
  #model;
  #controls = [];
  #link = null;

  /**
   * @param {object} options
   * @param {object} options.model  The widget model.
   * @param {HTMLElement} options.el  Where to draw.
   * @param {string} options.name  Name in links to a state, such as "quadratic-bowl".
   * @param {string} options.label  What the demo is, for those who do not see it.
   */
  constructor({ model, el, name, label }) {
    this.#model = model;
    // A page marks the element; in a notebook there is no address to share.
    this.inPage = el.dataset.page !== undefined;
    const same = this.inPage ? document.querySelectorAll(`[data-demo="${name}"]`).length : 0;
    this.name = same ? `${name}-${same + 1}` : name;
    this.limits = model.get("_limits");
    this.initial = model.get("_initial");
    const described = { role: "group", "aria-label": label, "data-demo": name };
    this.root = html("div", { class: "lrdemo", ...described }, el);
    if (this.inPage) this.root.id = this.name;
  }

  /** The present value of each setting. */
  get state() {
    return Object.fromEntries(Object.keys(this.initial).map((key) => [key, this.#model.get(key)]));
  }

  /** Change settings, here and in the kernel if there is one. */
  set(changes) {
    this.#model.set(changes);
    this.#model.save_changes();
  }

  /** Add a group of elements; `area` is its class. */
  section(area) {
    return html("div", { class: area }, this.root);
  }

  /**
   * Add a labelled slider over the range of a setting.
   *
   * @param {Element} parent
   * @param {object} options
   * @param {string} options.key  Name of the setting.
   * @param {number} [options.index]  Which coordinate, if the setting is a point.
   * @param {string} options.label
   * @param {number} options.steps  How many key presses from one end to the other.
   * @param {boolean} [options.log]
   * @param {(value: number) => number} options.round  To the precision that `format` shows.
   * @param {(value: number) => string} options.format  Value beside the label.
   * @param {(value: number) => string} options.speak  Value with its unit, for a screen reader.
   * @returns {{mark: (value: number, text: string) => void}}  `mark` shows a value on the track.
   */
  slider(parent, { key, index, label, steps, log = false, round, format, speak }) {
    const domain = index === undefined ? this.limits[key] : this.limits[key][index];
    const scale = (log ? logScale : linearScale)(domain, [0, steps]);
    const read = () => (index === undefined ? this.#model.get(key) : this.#model.get(key)[index]);
    const write = (value) => {
      const point = index === undefined ? null : [...this.#model.get(key)].fill(value, index, index + 1);
      this.set({ [key]: point ?? value });
    };

    const row = html("div", { class: "slider" }, parent);
    const id = uniqueId("slider");
    html("label", { for: id }, row, label);
    // Not an <output>: that is a live region, and the slider itself says its value.
    const shown = html("span", { class: "value", "aria-hidden": "true" }, row);
    const track = html("div", { class: "track" }, row);
    const rail = html("div", { class: "rail", "aria-hidden": "true" }, track);
    // JupyterLab takes arrow keys away from any element that does not say otherwise itself.
    const input = html("input", {
      id, type: "range", min: 0, max: steps, step: 1,
      "data-setting": key + (index ?? ""),
      "data-lm-suppress-shortcuts": "true",
    }, track);
    input.addEventListener("input", () => {
      write(clamp(round(scale.invert(Number(input.value))), ...domain));
    });

    this.#controls.push(() => {
      const value = read();
      input.value = Math.round(scale(value));
      input.setAttribute("aria-valuetext", speak(value));
      shown.textContent = format(value);
      row.style.setProperty("--at", scale(value) / steps);
    });
    const mark = (value, text) => {
      rail.classList.add("marked");
      row.style.setProperty("--mark", clamp(scale(value) / steps, 0, 1));
      const note = row.querySelector(".mark-label") ?? html("div", { class: "mark-label" }, row);
      note.textContent = text;
    };
    return { mark };
  }

  /**
   * Add a row of words of which one is chosen: radio buttons.
   *
   * @param {Element} parent
   * @param {object} options
   * @param {string} options.key  Name of the setting.
   * @param {string} options.label
   * @param {Object<string, string>} options.names  What each word is called on the page.
   */
  choice(parent, { key, label, names }) {
    const group = html("fieldset", { class: "choice" }, parent);
    html("legend", {}, group, label);
    const name = uniqueId("choice");
    const options = html("div", { class: "options" }, group);
    for (const word of this.limits[key]) {
      const option = html("label", { class: "option" }, options);
      const input = html("input", {
        type: "radio", name, value: word,
        "data-choice": key,
        "data-lm-suppress-shortcuts": "true",
      }, option);
      html("span", {}, option, names[word]);
      input.addEventListener("change", () => this.set({ [key]: word }));
      this.#controls.push(() => {
        input.checked = this.#model.get(key) === word;
      });
    }
  }

  /**
   * Add a live readout.
   * @returns {(word: string, sign: string, tone: "good" | "warn" | "bad", text: string) => void}
   *   Shows a word with a sign beside it, in a tone, and a sentence after it.
   */
  readout(parent) {
    const paragraph = html("p", { class: "readout", role: "status" }, parent);
    const verdict = html("strong", { class: "verdict" }, paragraph);
    const icon = html("span", { "aria-hidden": "true" }, verdict);
    const word = html("span", {}, verdict);
    const detail = html("span", { class: "detail" }, paragraph);
    return (text, sign, tone, sentence) => {
      verdict.dataset.tone = tone;
      icon.textContent = `${sign} `;
      word.textContent = text;
      detail.textContent = ` ${sentence}`;
    };
  }

  /** Add the buttons that every demo has. */
  buttons(parent) {
    const reset = html("button", { type: "button", class: "action" }, parent, "Reset");
    reset.addEventListener("click", () => this.set(this.initial));
    if (!this.inPage) return;
    this.#link = html("a", { class: "action", href: "#" }, parent, "Link to this state");
  }

  /**
   * Draw now and after each change.
   * @param {(state: object) => void} draw
   * @returns {() => void}  Takes the listeners away again.
   */
  run(draw) {
    const redraw = () => {
      for (const update of this.#controls) update();
      this.#link?.setAttribute("href", encodeState(this.name, this.state));
      draw(this.state);
    };
    const readFragment = () => {
      const linked = decodeState(location.hash, this.name, this.limits);
      if (!linked) return;
      const wanted = { ...this.initial, ...linked };
      if (encodeState(this.name, wanted) === encodeState(this.name, this.state)) return;
      this.set(wanted);
      this.root.scrollIntoView({ block: "nearest" });
    };
    this.#model.on("change", redraw);
    redraw();
    if (this.inPage) {
      readFragment();
      addEventListener("hashchange", readFragment);
    }
    return () => {
      this.#model.off("change", redraw);
      removeEventListener("hashchange", readFragment);
    };
  }
}
