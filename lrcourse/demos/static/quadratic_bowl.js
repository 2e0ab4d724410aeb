/**
 * Heavy ball on the bowl ½(λ₂w₁² + λ₁w₂²), with flat curvature λ₂ = 1 and steep curvature λ₁ = κ.
 * The arithmetic is that of lrcourse.optimizers, operation by operation.
 */
import {
  DemoView, clamp, createPlot, dotPath, firstExit, formatFixed, formatNumber, html,
  labelContours, linePath, makeDraggable, place, rectangle, roundSignificant, svg, uniqueId,
} from "./draw.js";

export const STEPS = 100;
const FLAT = 1;

/** The visited points and their loss, in all and along each direction; the start included. */
export function simulate({ learning_rate: rate, momentum, condition_number: steep, start }) {
  const series = () => new Float64Array(STEPS + 1);
  const [w1, w2, loss, flatLoss, steepLoss] = [series(), series(), series(), series(), series()];
  let [x, y] = start;
  let [vx, vy] = [0, 0];
  for (let t = 0; t <= STEPS; t++) {
    w1[t] = x;
    w2[t] = y;
    flatLoss[t] = 0.5 * (FLAT * x * x);
    steepLoss[t] = 0.5 * (steep * y * y);
    loss[t] = 0.5 * (FLAT * x * x + steep * y * y);
    vx = momentum * vx - rate * (FLAT * x);
    vy = momentum * vy - rate * (steep * y);
    x += vx;
    y += vy;
  }
  return { w1, w2, loss, flatLoss, steepLoss };
}

/** The learning rate above which a direction of this curvature diverges. */
export function criticalRate(curvature, momentum) {
  return (2 * (1 + momentum)) / curvature;
}

/** Roots of z² − (1 + β − ηλ)z + β: half their sum, and the square of half their gap. */
function roots(rate, curvature, momentum) {
  const trace = 1 - rate * curvature + momentum;
  return { middle: trace / 2, gapSquared: (trace * trace) / 4 - momentum };
}

/** The factor by which one step shrinks (or grows) a direction in the long run: the spectral radius. */
export function convergenceFactor(rate, curvature, momentum) {
  const { middle, gapSquared } = roots(rate, curvature, momentum);
  return gapSquared < 0 ? Math.sqrt(momentum) : Math.abs(middle) + Math.sqrt(gapSquared);
}

/** "monotone", "oscillating" or "diverging" along a direction of this curvature. */
export function regime(rate, curvature, momentum) {
  if (rate > criticalRate(curvature, momentum)) return "diverging";
  const { middle, gapSquared } = roots(rate, curvature, momentum);
  const turns = gapSquared < 0 || middle - Math.sqrt(gapSquared) < 0;
  return turns ? "oscillating" : "monotone";
}

/** The regime of the whole run: that of its worst direction. */
export function runRegime(rate, steep, momentum) {
  const words = [regime(rate, FLAT, momentum), regime(rate, steep, momentum)];
  return ["diverging", "oscillating", "monotone"].find((word) => words.includes(word));
}

// ------------------------------------------------------------------------------------ the picture

const REACH = [5.5, 4];
const LEVELS = [0.1, 0.3, 1, 3, 10, 30, 100, 300];
const FOUR_ARROWS = "M-6 0h12M0 -6v12M-4 -2l-2 2l2 2M4 -2l2 2l-2 2M-2 -4l2 -2l2 2M-2 4l2 2l2 -2";
const SIGNS = { monotone: "↘", oscillating: "⇄", diverging: "↗" };
const MEANINGS = {
  monotone: "The path never crosses the minimum.",
  oscillating: "The path crosses the minimum again and again, closer in the long run.",
  diverging: "Any distance in the steep direction grows.",
};
const AT_THE_LIMIT = "In the steep direction the path bounces for ever.";
const TONES = { monotone: "good", oscillating: "warn", diverging: "bad" };

/** Path over labelled contours, with the start as a handle. */
function createPathPanel(parent, onDrag) {
  const plot = createPlot(parent, {
    title: "Path of the parameters",
    width: 380, height: 283,
    margin: { top: 8, bottom: 42, left: 48, right: 12 },
    x: { domain: [-REACH[0], REACH[0]], label: "w₁, the flat direction", class: "flat" },
    y: { domain: [-REACH[1], REACH[1]], label: "w₂, the steep direction", class: "steep" },
  });
  const contours = svg("g", {}, plot.data);
  const [cx, cy] = [plot.x(0), plot.y(0)];
  const beyond = svg("path", { class: "line total thin beyond" }, plot.data);
  const line = svg("path", { class: "line total thin" }, plot.data);
  const dots = svg("path", { class: "dots" }, plot.data);
  const exit = svg("path", { class: "arrow-head" }, plot.front);
  const note = svg("text", { class: "note halo" }, plot.front);
  svg("path", { d: `M${cx - 7} ${cy}h14M${cx} ${cy - 7}v14`, class: "minimum" }, plot.data);
  svg("text", { x: cx + 6, y: cy - 9, class: "note halo" }, plot.data, "minimum");
  const handle = svg("g", {}, plot.front);
  svg("circle", { r: 24, class: "hit" }, handle);
  svg("circle", { r: 10, class: "knob" }, handle);
  svg("path", { d: FOUR_ARROWS, class: "knob-arrows" }, handle);
  const name = svg("text", { class: "note strong halo middle", y: -15 }, handle, "start: drag me");
  makeDraggable(handle, plot, onDrag);

  return ({ condition_number: steep, start }, { w1, w2 }, word) => {
    drawContours(contours, plot, steep);
    const left = firstExit(w1, w2, plot);
    line.setAttribute("d", linePath(w1, w2, plot, 0, left?.step));
    beyond.setAttribute("d", left ? linePath(w1, w2, plot, left.step) : "");
    dots.setAttribute("d", dotPath(w1, w2, plot));
    const [x, y] = [plot.x(start[0]), plot.y(start[1])];
    handle.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    place(name, { y: -15, x: clamp(x, plot.box.left + 56, plot.box.right - 56) - x });
    drawExit(exit, left);
    drawNote(note, plot, left, w1[STEPS], w2[STEPS]);
    plot.describe(describePath(start, left, w1[STEPS], w2[STEPS], word));
  };
}

function drawContours(parent, plot, steep) {
  parent.replaceChildren();
  const perUnit = plot.x(1) - plot.x(0);
  const [cx, cy] = [plot.x(0), plot.y(0)];
  const shown = LEVELS.filter((level) => level < 0.5 * (FLAT * REACH[0] ** 2 + steep * REACH[1] ** 2));
  const ellipses = shown.map((level) => {
    const [rx, ry] = [FLAT, steep].map((curvature) => Math.sqrt((2 * level) / curvature) * perUnit);
    svg("ellipse", { cx, cy, rx, ry, class: "contour" }, parent);
    // The lower right quarter: the start is usually somewhere else.
    const candidates = [-30, -45, -15, -60, -70, -80, 0].map((degrees) => {
      const angle = (degrees * Math.PI) / 180;
      return [cx + rx * Math.cos(angle), cy - ry * Math.sin(angle)];
    });
    return { text: String(level), candidates };
  });
  const minimum = [{ x: cx, y: cy, half: 12 }, { x: cx + 36, y: cy - 9, half: 32 }];
  labelContours(parent, ellipses.reverse(), plot.box, minimum);
}

function drawExit(arrow, exit) {
  if (!exit) {
    place(arrow, { transform: "", d: "" });
    return;
  }
  const [x, y] = exit.at.map((pixel) => pixel.toFixed(1));
  const transform = `translate(${x} ${y}) rotate(${exit.angle.toFixed(1)})`;
  place(arrow, { transform, d: "M0 0l-11 -6v12z" });
}

function drawNote(note, plot, exit, x, y) {
  const [atX, atY] = exit ? exit.at : [plot.x(x), plot.y(y)];
  const nearMinimum = Math.hypot(atX - plot.x(0), atY - plot.y(0)) < 30;
  const last = nearMinimum ? "" : `step ${STEPS}`;
  note.textContent = exit ? `leaves at step ${exit.step}` : last;
  const end = atX > plot.box.right - 125;
  note.classList.toggle("end", end);
  place(note, { x: atX + (end ? -12 : 12), y: atY < plot.box.top + 40 ? atY + 24 : atY - 12 });
}

function describePath(start, exit, x, y, word) {
  const point = (a, b) => `(${formatNumber(a, 2)}, ${formatNumber(b, 2)})`;
  const end = exit
    ? `leaves the picture at step ${exit.step}`
    : `is at ${point(x, y)} after ${STEPS} steps`;
  return (
    "Contours of the loss over w₁ and w₂ with the minimum at the origin. " +
    `The path starts at ${point(...start)} and ${end}; it is ${word}.`
  );
}

/** Loss against step, in all and along each direction. */
function createLossPanel(parent) {
  const plot = createPlot(parent, {
    title: "Loss at each step",
    width: 380, height: 232,
    margin: { top: 26, bottom: 42, left: 60, right: 12 },
    x: { domain: [0, STEPS], label: "step" },
    y: { domain: [1e-8, 1e4], log: true, label: "loss (log scale)", count: 6, grid: true },
  });
  const kinds = [["flat", "flat part", 138], ["steep", "steep part", 244], ["total", "loss", 54]];
  const lines = kinds.map(([kind, name, x]) => {
    svg("path", { d: `M${x} 13h26`, class: `line ${kind}` }, plot.root);
    svg("text", { x: x + 32, y: 17, class: "note" }, plot.root, name);
    return svg("path", { class: `line ${kind}` }, plot.data);
  });
  const steps = Array.from({ length: STEPS + 1 }, (_, t) => t);
  return ({ loss, flatLoss, steepLoss }) => {
    [flatLoss, steepLoss, loss].forEach((series, i) => {
      lines[i].setAttribute("d", linePath(steps, series, plot));
    });
    plot.describe(
      `Loss against step on a logarithmic axis: ${formatNumber(loss[0])} at step 0, ` +
        `${formatNumber(loss[STEPS])} at step ${STEPS}.`,
    );
  };
}

/** Contraction factor of each direction, as bars against 1. */
function createFactorPanel(parent) {
  const most = 2;
  const plot = createPlot(parent, {
    title: "Factor per step, in each direction",
    width: 380, height: 166,
    margin: { top: 24, bottom: 42, left: 12, right: 12 },
    x: { domain: [0, most], label: " ", count: 4 },
  });
  const axisName = plot.root.querySelector(".axis-label");
  const hatch = createHatch(plot.root.querySelector("defs"));
  const one = plot.x(1);
  svg("rect", { ...rectangle({ ...plot.box, left: one }), class: "grows" }, plot.data);
  const rows = [["flat", "flat, w₁", 42], ["steep", "steep, w₂", 86]].map(([kind, name, y]) => ({
    name,
    bar: svg("rect", { x: plot.x(0), y, height: 16, class: `bar ${kind}` }, plot.data),
    more: svg("path", { d: `M${plot.x(most) - 12} ${y - 1}l10 9l-10 9z`, class: "arrow-head" }, plot.front),
    left: svg("text", { x: plot.x(0) + 2, y: y - 5, class: `note strong ${kind}` }, plot.front),
    right: svg("text", { x: plot.x(most) - 2, y: y - 5, class: "note strong end" }, plot.front),
  }));
  rows[1].bar.setAttribute("fill", `url(#${hatch.id})`);
  const { left, right, bottom } = plot.box;
  svg("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "tick" }, plot.front);
  svg("line", { x1: one, x2: one, y1: 6, y2: bottom, class: "limit" }, plot.front);
  svg("text", { x: one - 8, y: 16, class: "note end" }, plot.front, "← shrinks");
  svg("text", { x: one + 8, y: 16, class: "note" }, plot.front, "grows →");

  return ({ learning_rate: rate, momentum, condition_number: steep }) => {
    axisName.textContent =
      momentum === 0
        ? "factor on the distance to the minimum: |1 − ηλ|"
        : "factor in the long run: spectral radius";
    const words = [FLAT, steep].map((curvature, i) => {
      const { name, bar, more, left, right } = rows[i];
      const factor = convergenceFactor(rate, curvature, momentum);
      const word = regime(rate, curvature, momentum);
      bar.setAttribute("width", plot.x(Math.min(factor, most)) - plot.x(0));
      more.toggleAttribute("hidden", factor <= most);
      left.textContent = `${name}: ηλ = ${formatNumber(rate * curvature)}`;
      right.textContent = `${formatNumber(factor)} ${word}`;
      return `${name}: factor ${formatNumber(factor)}, ${word}`;
    });
    plot.describe(
      "Factor per step in each direction; below 1 the distance shrinks, above 1 it grows. " +
        `${words.join(". ")}.`,
    );
  };
}

/** A hatch, so that the bars differ by more than their colour. */
function createHatch(parent) {
  const turned = { patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  const hatch = svg("pattern", { id: uniqueId("hatch"), width: 6, height: 6, ...turned }, parent);
  svg("rect", { width: 6, height: 6, class: "hatch-ground" }, hatch);
  svg("line", { x1: 0, x2: 0, y1: 0, y2: 6, class: "hatch-line" }, hatch);
  return hatch;
}

// ------------------------------------------------------------------------------------ the demo

function render({ model, el }) {
  const label = "Demo: gradient descent with momentum on a quadratic bowl";
  const demo = new DemoView({ model, el, name: "quadratic-bowl", label });
  const controls = demo.section("controls");
  const critical = () => criticalRate(model.get("condition_number"), model.get("momentum"));
  const rateSlider = demo.slider(controls, {
    key: "learning_rate", label: "Learning rate η", steps: 360, log: true,
    round: roundSignificant,
    format: (value) => formatNumber(value),
    speak: (value) =>
      `${formatNumber(value)}, ${formatNumber(value / critical())} times the critical rate`,
  });
  demo.slider(controls, {
    key: "momentum", label: "Momentum β", steps: 99,
    round: (value) => Number(value.toFixed(2)),
    format: (value) => formatFixed(value, 2),
    speak: (value) => `${formatFixed(value, 2)} of the last step kept`,
  });
  demo.slider(controls, {
    key: "condition_number", label: "Condition number κ", steps: 200, log: true,
    round: roundSignificant,
    format: (value) => formatNumber(value),
    speak: (value) => `${formatNumber(value)}, steep curvature over flat curvature`,
  });
  const readout = demo.readout(demo.section("summary"));

  const panels = demo.section("panels");
  const where = html("div", { class: "column" }, panels);
  const drawPath = createPathPanel(where, (point) => {
    const inside = point.map((value, i) => clamp(value, ...demo.limits.start[i]));
    demo.set({ start: inside.map((value) => Number(value.toFixed(2))) });
  });
  const startSliders = html("div", { class: "controls" }, where);
  ["w₁", "w₂"].forEach((name, index) =>
    demo.slider(startSliders, {
      key: "start", index, label: `Start ${name}`, steps: 10 * 2 * demo.limits.start[index][1],
      round: (value) => Number(value.toFixed(1)),
      format: (value) => formatFixed(value, 2),
      speak: (value) => `${name} = ${formatFixed(value, 2)}`,
    }),
  );
  demo.buttons(html("div", { class: "actions" }, where));
  const curves = html("div", { class: "column" }, panels);
  const drawLoss = createLossPanel(curves);
  const drawFactors = createFactorPanel(curves);

  return demo.run((state) => {
    const { learning_rate: rate, momentum, condition_number: steep } = state;
    const run = simulate(state);
    const word = runRegime(rate, steep, momentum);
    const limit = criticalRate(steep, momentum);
    rateSlider.mark(limit, `critical: ${formatNumber(limit)}`);
    readout(
      word[0].toUpperCase() + word.slice(1) + ".", SIGNS[word], TONES[word],
      [
        rate === limit ? AT_THE_LIMIT : MEANINGS[word],
        `η is ${formatNumber(rate / limit)} times the critical rate`,
        `2(1\u00a0+\u00a0β)/λ₁\u00a0=\u00a0${formatNumber(limit)};`,
        `ηλ₁ = ${formatNumber(rate * steep)}.`,
        `Loss after ${STEPS} steps: ${formatNumber(run.loss[STEPS])}, from\u00a0${formatNumber(run.loss[0])}.`,
      ].join(" "),
    );
    drawPath(state, run, word);
    drawLoss(run);
    drawFactors(state);
  });
}

export default { render };
