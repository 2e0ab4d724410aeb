/**
 * Gradient descent with noisy slopes on the bowl ½(λ₂w₁² + λ₁w₂²): many runs, how close they come to
 * the minimum, and how close they are predicted to come. The arithmetic of a step is that of
 * lrcourse.landscapes and lrcourse.optimizers.
 */
import {
  DemoView, clamp, createPlot, dotPath, formatFixed, formatNumber, html, labelContours, linePath,
  normals, place, roundSignificant, svg,
} from "./draw.js";

export const RUNS = 100;
export const STEPS = 2000;
const LATE = STEPS / 2;
const CURVATURES = [0.25, 1]; // flat, steep
const START = [4, 3];
const TARGET = 1;
const NEAR = 1.25;
const TRAIL = 30; // last steps of one run that are drawn

let noise = null;

/** The noise on both slopes of each run at each step, for batches of one. */
function noiseTable() {
  noise ??= normals(STEPS * RUNS * 2, 0);
  return noise;
}

/** The learning rate of a step; the first is 0. */
export function rateAt(step, { learning_rate: rate, schedule }) {
  return schedule === "decay" ? rate / (1 + ((rate * CURVATURES[0]) / 2) * step) : rate;
}

/**
 * Let all runs descend.
 * @returns {{means: Float64Array, one: Float64Array, ends: Float64Array[], trail: number[][]}}
 *   The mean loss of all runs and the loss of one after each step, the start included; where each
 *   run ends, by coordinate; the last places of the one run, by coordinate.
 */
export function simulate(state) {
  const kicks = noiseTable();
  const deviation = 1 / Math.sqrt(state.batch_size);
  const [flat, steep] = CURVATURES;
  const x = new Float64Array(RUNS).fill(START[0]);
  const y = new Float64Array(RUNS).fill(START[1]);
  const means = new Float64Array(STEPS + 1);
  const one = new Float64Array(STEPS + 1);
  const trail = [[], []];
  for (let step = 0, k = 0; ; step++) {
    let sum = 0;
    for (let i = 0; i < RUNS; i++) sum += 0.5 * (flat * x[i] * x[i] + steep * y[i] * y[i]);
    means[step] = sum / RUNS;
    one[step] = 0.5 * (flat * x[0] * x[0] + steep * y[0] * y[0]);
    if (step >= STEPS - TRAIL) {
      trail[0].push(x[0]);
      trail[1].push(y[0]);
    }
    if (step === STEPS) break;
    const rate = rateAt(step, state);
    for (let i = 0; i < RUNS; i++, k += 2) {
      x[i] -= rate * (flat * x[i] + deviation * kicks[k]);
      y[i] -= rate * (steep * y[i] + deviation * kicks[k + 1]);
    }
  }
  return { means, one, ends: [x, y], trail };
}

/** What each direction adds to the predicted floor: ησ²/(2B(2 − ηλ)) with σ = 1. */
export function floors(rate, batchSize) {
  return CURVATURES.map((curvature) => rate / (2 * batchSize * (2 - rate * curvature)));
}

/** The predicted floor: the mean loss at which runs stay if the rate is constant. */
export function floorOf(rate, batchSize) {
  return floors(rate, batchSize).reduce((sum, part) => sum + part, 0);
}

/** The mean loss over the second half of the steps. */
export function measured(means) {
  let sum = 0;
  for (let step = LATE + 1; step <= STEPS; step++) sum += means[step];
  return sum / (STEPS - LATE);
}

/** Where the measured loss is, as a multiple of the floor. */
export function result(ratio) {
  if (ratio > NEAR) return "on the way";
  return ratio >= 1 / NEAR ? "at the floor" : "below the floor";
}

/** The first step after which the mean loss is at most 1, or null. */
export function arrival(means) {
  const step = means.findIndex((loss) => loss <= TARGET);
  return step < 0 ? null : step;
}

// ------------------------------------------------------------------------------------ the picture

const REACH = [3.2, 3.3];
const LEVELS = [0.1, 0.3, 1, 3];
const BATCH_SIZES = [1, 16, 256]; // whose floors are drawn
const LOSSES = [1e-6, 100];
const SIGNS = { "on the way": "↘", "at the floor": "⇄", "below the floor": "↓" };
const TONES = { "on the way": "warn", "at the floor": "warn", "below the floor": "good" };
const MEANINGS = {
  constant: {
    "on the way": "The steps have run out before the floor was reached.",
    "at the floor": "The runs come no closer: they bounce.",
    "below the floor": "The runs are still on their way up.",
  },
  decay: {
    "on the way": "The rate fell too early: even the floor of the first rate was not reached.",
    "at the floor": "The runs are about where the first rate alone would have kept them.",
    "below the floor": "The rate has fallen, and the floor with it.",
  },
};
// On a logarithmic axis, later steps are closer together than a pixel.
const STEPS_SHOWN = Array.from({ length: STEPS }, (_, i) => i + 1).filter((t) => t < 200 || t % 5 === 0);

/** Where the runs end, over labelled contours. */
function createCloudPanel(parent) {
  const plot = createPlot(parent, {
    title: `Where ${RUNS} runs are at the last step`,
    width: 380, height: 400,
    margin: { top: 28, bottom: 42, left: 48, right: 12 },
    x: { domain: [-REACH[0], REACH[0]], label: "w₁, the flat direction" },
    y: { domain: [-REACH[1], REACH[1]], label: "w₂, the steep direction" },
  });
  const contours = svg("g", {}, plot.data);
  const [cx, cy] = [plot.x(0), plot.y(0)];
  const perUnit = [plot.x(1) - cx, cy - plot.y(1)];
  const ellipses = LEVELS.map((level) => {
    const [rx, ry] = CURVATURES.map((curvature, i) => Math.sqrt((2 * level) / curvature) * perUnit[i]);
    svg("ellipse", { cx, cy, rx, ry, class: "contour" }, contours);
    const candidates = [-60, -75, -45, -30].map((degrees) => {
      const angle = (degrees * Math.PI) / 180;
      return [cx + rx * Math.cos(angle), cy - ry * Math.sin(angle)];
    });
    return { text: String(level), candidates };
  });
  labelContours(contours, ellipses.filter(({ text }) => Number(text) >= 1), plot.box);
  svg("path", { d: `M${cx - 7} ${cy}h14M${cx} ${cy - 7}v14`, class: "minimum" }, plot.data);
  const way = svg("path", { class: "line run thin" }, plot.data);
  const dots = svg("path", { class: "dots runs" }, plot.data);
  const predicted = svg("ellipse", { cx, cy, class: "predicted" }, plot.data);
  const size = svg("text", { x: plot.box.left + 8, y: plot.box.bottom - 10, class: "note strong halo" }, plot.front);
  const note = svg("text", { x: plot.box.right - 8, y: plot.box.top + 18, class: "note end halo" }, plot.front);
  svg("path", { d: "M50 13h26", class: "line mine" }, plot.root);
  svg("text", { x: 82, y: 17, class: "note mine" }, plot.root, "predicted, 2σ");
  svg("path", { d: "M190 13h26", class: "line run" }, plot.root);
  svg("text", { x: 222, y: 17, class: "note" }, plot.root, `one run, last ${TRAIL} steps`);

  return ({ learning_rate: rate, batch_size: batch }, { ends, trail }) => {
    dots.setAttribute("d", dotPath(ends[0], ends[1], plot));
    way.setAttribute("d", linePath(trail[0], trail[1], plot));
    const spread = floors(rate, batch).map((part, i) => Math.sqrt((2 * part) / CURVATURES[i]));
    place(predicted, { rx: 2 * spread[0] * perUnit[0], ry: 2 * spread[1] * perUnit[1] });
    const isOutside = (x, i) => Math.abs(x) > REACH[0] || Math.abs(ends[1][i]) > REACH[1];
    const outside = ends[0].filter(isOutside).length;
    note.textContent = outside ? `${outside} more outside` : "";
    const [flat, steep] = ends.map(deviation);
    size.textContent = `deviation ${formatNumber(flat, 2)} flat, ${formatNumber(steep, 2)} steep`;
    plot.describe(
      `The last places of ${RUNS} runs around the minimum. Their deviation is ${formatNumber(flat, 2)} ` +
        `in the flat direction, predicted for a constant rate ${formatNumber(spread[0], 2)}, and ` +
        `${formatNumber(steep, 2)} in the steep one, predicted ${formatNumber(spread[1], 2)}.`,
    );
  };
}

function deviation(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** The loss step by step, and the floor. */
function createLossPanel(parent) {
  const plot = createPlot(parent, {
    title: "Loss at each step",
    width: 380, height: 240,
    margin: { top: 26, bottom: 42, left: 60, right: 14 },
    x: { domain: [1, STEPS], log: true, label: "step (log scale)" },
    y: { domain: LOSSES, log: true, label: "loss (log scale)", count: 7, grid: true },
  });
  const kinds = [["run thin", "one run", 54], ["total", `mean of ${RUNS}`, 142], ["mine", "floor", 266]];
  const [one, mean, floor] = kinds.map(([kind, name, x]) => {
    svg("path", { d: `M${x} 13h26`, class: `line ${kind}` }, plot.root);
    svg("text", { x: x + 32, y: 17, class: "note" }, plot.root, name);
    return svg("path", { class: `line ${kind}` }, plot.data);
  });
  const ring = svg("circle", { r: 5, class: "ring best" }, plot.front);
  const note = svg("text", { class: "note strong halo best" }, plot.front);

  return (run, predicted, arrived) => {
    one.setAttribute("d", linePath(STEPS_SHOWN, STEPS_SHOWN.map((t) => run.one[t]), plot));
    mean.setAttribute("d", linePath(STEPS_SHOWN, STEPS_SHOWN.map((t) => run.means[t]), plot));
    floor.setAttribute("d", linePath([1, STEPS], [predicted, predicted], plot));
    ring.toggleAttribute("hidden", arrived === null);
    note.textContent = arrived === null ? "" : `loss ${TARGET} at step ${arrived}`;
    if (arrived !== null) {
      const [cx, cy] = [plot.x(arrived), plot.y(run.means[arrived])];
      place(ring, { cx, cy });
      place(note, { x: cx + 10, y: cy - 10 });
    }
    plot.describe(
      `Mean loss of ${RUNS} runs against step, both on logarithmic axes: ${formatNumber(run.means[0])} ` +
        `at step 0, ${formatNumber(run.means[STEPS])} at step ${STEPS}. The predicted floor of the ` +
        `constant rate is ${formatNumber(predicted)}.`,
    );
  };
}

/** The floor at every rate, and the one that was measured. */
function createFloorPanel(parent) {
  const plot = createPlot(parent, {
    title: "Late loss, predicted and measured",
    width: 380, height: 240,
    margin: { top: 10, bottom: 42, left: 60, right: 14 },
    x: { domain: [0.01, 2], log: true, label: "learning rate η (log scale)" },
    y: { domain: LOSSES, log: true, label: "mean loss (log scale)", count: 7, grid: true },
  });
  const rates = Array.from({ length: 81 }, (_, i) => 0.01 * 195 ** (i / 80));
  const curve = (size) => linePath(rates, rates.map((rate) => floorOf(rate, size)), plot);
  for (const size of BATCH_SIZES) {
    svg("path", { d: curve(size), class: "line total ghost" }, plot.data);
    const label = { x: plot.x(0.0112), y: plot.y(floorOf(0.016, size)) - 6, class: "note halo small" };
    svg("text", label, plot.front, `B = ${size}`);
  }
  const now = svg("path", { class: "line mine" }, plot.data);
  const gap = svg("path", { class: "gap" }, plot.data);
  const ring = svg("circle", { r: 6, class: "ring measured" }, plot.front);
  const note = svg("text", { class: "note strong halo middle" }, plot.front);

  return ({ learning_rate: rate, batch_size: size }, predicted, late) => {
    now.setAttribute("d", curve(size));
    const [x, y] = [plot.x(rate), clamp(plot.y(late), plot.box.top, plot.box.bottom)];
    place(ring, { cx: x, cy: y });
    gap.setAttribute("d", `M${x.toFixed(2)} ${y.toFixed(2)}V${plot.y(predicted).toFixed(2)}`);
    note.textContent = `measured ${formatNumber(late)}`;
    const low = y > plot.box.bottom - 30 || late > predicted * NEAR;
    place(note, { x: clamp(x, plot.box.left + 62, plot.box.right - 62), y: low ? y - 13 : y + 23 });
    plot.describe(
      `The predicted floor against the learning rate, on logarithmic axes, for mini-batches of ` +
        `${BATCH_SIZES.join(", ")} and ${size}. At ${formatNumber(rate)} the prediction is ` +
        `${formatNumber(predicted)}, and ${formatNumber(late)} was measured.`,
    );
  };
}

// ------------------------------------------------------------------------------------ the demo

function describeRun(state, word, predicted, late, arrived) {
  const { learning_rate: rate, batch_size: size } = state;
  const decays = state.schedule === "decay";
  return [
    MEANINGS[state.schedule][word],
    `Mean loss over the last ${STEPS - LATE} steps: ${formatNumber(late)}.`,
    `Floor of the ${decays ? "first" : "constant"} rate, predicted: ${formatNumber(predicted)}.`,
    `Measured over predicted: ${formatNumber(late / predicted)}.`,
    arrived === null
      ? `A mean loss of ${TARGET} is never reached.`
      : `A mean loss of ${TARGET} is reached at step ${arrived}, after ${arrived * size} examples.`,
    decays ? `The last step has a rate of ${formatNumber(rateAt(STEPS - 1, state), 2)}.` : "",
    `Here η is ${formatFixed(rate / 2, 2)} times the critical rate.`,
  ].filter(Boolean).join(" ");
}

function render({ model, el }) {
  const label = `Demo: ${RUNS} runs of gradient descent with noisy slopes on a bowl`;
  const demo = new DemoView({ model, el, name: "noise-floor", label });
  const controls = demo.section("controls even");
  demo.slider(controls, {
    key: "learning_rate", label: "Learning rate η", steps: 200, log: true,
    round: roundSignificant,
    format: (value) => formatNumber(value),
    speak: (value) => `${formatNumber(value)}; runs diverge above 2`,
  });
  demo.slider(controls, {
    key: "batch_size", label: "Batch size B", steps: 8, log: true,
    round: Math.round,
    format: (value) => `${value} ${value === 1 ? "example" : "examples"}`,
    speak: (value) => `${value} ${value === 1 ? "example" : "examples"} a step`,
  });
  demo.choice(demo.section("keys"), {
    key: "schedule", label: "Learning rate over time",
    names: { constant: "constant", decay: "decays" },
  });
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const where = html("div", { class: "column" }, panels);
  const drawCloud = createCloudPanel(where);
  demo.buttons(html("div", { class: "actions" }, where));
  const curves = html("div", { class: "column" }, panels);
  const drawLoss = createLossPanel(curves);
  const drawFloor = createFloorPanel(curves);

  return demo.run((state) => {
    const run = simulate(state);
    const predicted = floorOf(state.learning_rate, state.batch_size);
    const late = measured(run.means);
    const arrived = arrival(run.means);
    const word = result(late / predicted);
    readout(
      `${word[0].toUpperCase()}${word.slice(1)}.`, SIGNS[word], TONES[word],
      describeRun(state, word, predicted, late, arrived),
    );
    drawCloud(state, run);
    drawLoss(run, predicted, arrived);
    drawFloor(state, predicted, late);
  });
}

export default { render };
