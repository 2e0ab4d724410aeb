/**
 * Loss and sharpness of full-batch gradient descent, over the steps and at every rate. The linear
 * network is computed here, by the formula of lrcourse.landscapes.LinearNet; the runs of the trained
 * one come with the page.
 *
 * @typedef {object} Run
 * @property {number} product  Rate times sharpness at the start.
 * @property {number[]} losses  Before each step; not finite once the run has diverged.
 * @property {number[]} marks  The steps after which the sharpness is known.
 * @property {number[]} ratios  Sharpness there, in units of 2/η.
 * @property {string} regime  As lrcourse.monitoring.classify calls it.
 * @property {number} highest  Highest loss, as a multiple of the first.
 * @property {number} lowest  Late loss, as a multiple of the first; NaN if it diverged.
 * @property {number} [rising]  Share of the late steps that raise the loss.
 */
import {
  DemoView, clamp, createPlot, dotPath, formatFixed, formatNumber, html, linePath, logScale,
  nearestIndex, place, powerOfTen, rectangle, roundSignificant, svg, unpackGrid,
} from "./draw.js";

const RISE = 1.5; // these four as in lrcourse.monitoring
const SETTLED = 0.01;
const FALL = 0.01;
const NEAR_EDGE = 0.1;

/**
 * The linear network from its start: output and curvature are all that matters.
 * @param {{width: number, steps: number, output: number, curvature: number}} net
 * @param {number} product  η·λ₀
 */
export function descend({ width, steps, output, curvature }, product) {
  const rate = product / curvature;
  let [f, lambda] = [output, curvature];
  const [losses, ratios] = [[], []];
  for (let step = 0; step <= steps; step++) {
    losses.push((f * f) / 2);
    ratios.push((rate * lambda) / 2);
    const push = (rate * f * f) / width;
    [f, lambda] = [f * (1 - rate * lambda + rate * push), lambda + push * (rate * lambda - 4)];
  }
  return { losses, ratios };
}

/** What a run did, from its losses alone: lrcourse.monitoring.classify says why these rules. */
export function classify(losses) {
  const finite = losses.map((loss) => (Number.isFinite(loss) ? loss : Infinity));
  const [first, last, quarter] = [losses[0], finite.at(-1), Math.max(1, Math.floor(losses.length / 4))];
  const highest = Math.max(...finite);
  if (last === Infinity) return "diverged";
  const end = median(finite.slice(-quarter));
  if (end > (1 - FALL) * first) return end > RISE * first && last >= highest / 2 ? "diverged" : "undecided";
  if (highest > RISE * first) return "catapult";
  const before = median(finite.slice(-2 * quarter, -quarter));
  const left = (before - end) / (first - end);
  return Math.abs(left) <= SETTLED || end <= SETTLED * first ? "converged" : "undecided";
}

function median(values) {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @returns {Run} */
export function linearRun(net, product) {
  const { losses, ratios } = descend(net, product);
  const marks = losses.map((_, step) => step);
  return finish({ product, losses, marks, ratios, regime: classify(losses) });
}

/** The runs of the trained network, one for each rate. @returns {Run[]} */
export function trainedRuns({ products, rates, checkpoints, loss, sharpness, regimes, rising }) {
  const [lossGrid, sharpnessGrid] = [unpackGrid(loss), unpackGrid(sharpness)];
  return products.map((product, r) =>
    finish({
      product,
      losses: Array.from({ length: lossGrid.shape[1] }, (_, step) => lossGrid.at(r, step)),
      marks: checkpoints,
      ratios: checkpoints.map((_, k) => (rates[r] * sharpnessGrid.at(r, k)) / 2),
      regime: regimes[r],
      rising: rising[r],
    }),
  );
}

function finish(run) {
  const finite = run.losses.filter(Number.isFinite);
  const quarter = run.losses.slice(-Math.floor(run.losses.length / 4));
  const gone = run.regime === "diverged";
  return {
    ...run,
    highest: Math.max(...finite) / run.losses[0],
    peak: run.losses.indexOf(Math.max(...finite)),
    lowest: gone ? NaN : median(quarter) / run.losses[0],
  };
}

/** Mean of the last quarter of the ratios: where the sharpness is late in the run. */
export function lateRatio({ ratios }) {
  const last = ratios.slice(-Math.floor(ratios.length / 4));
  return last.reduce((sum, ratio) => sum + ratio, 0) / last.length;
}

// ------------------------------------------------------------------------------------ the picture

const VIEWS = {
  linear: { loss: [1e-8, 1e5], sharpness: "curvature", limits: [2, 4] },
  trained: { loss: [1e-3, 10], sharpness: "sharpness", limits: [2] },
};
const RATIOS = [0, 3.2];

const CONVERGES = ["Converges", "✓", "good"];
const WORDS = {
  converged: CONVERGES,
  catapult: ["Catapult", "↷", "warn"],
  "edge of stability": ["Edge of stability", "≈", "warn"],
  diverged: ["Diverges", "✗", "bad"],
};

/** Word, sign and tone for a run. */
function verdict(run, view) {
  if (view === "trained" && run.regime !== "edge of stability" && run.regime !== "diverged") {
    return lateRatio(run) < 1 ? ["Below the edge", "↗", "good"] : ["Above the edge", "↘", "warn"];
  }
  return WORDS[run.regime] ?? ["On its way", "…", "warn"];
}

/** The part of the picture where ηλ is above 2, its edge, and a name at one side. */
function drawUnstable(plot, side) {
  const edge = plot.y(1);
  svg("rect", { ...rectangle({ ...plot.box, bottom: edge }), class: "grows" }, plot.data);
  svg("line", { class: "edge-line", x1: plot.box.left, x2: plot.box.right, y1: edge, y2: edge }, plot.data);
  const x = side === "end" ? plot.box.right - 5 : plot.box.left + 5;
  svg("text", { class: `note halo bad ${side}`, x, y: plot.box.top + 16 }, plot.front, "unstable: above 2/η");
}

/** Two marks with their names over a plot: what the rings are. */
function drawKey(plot, [before, after]) {
  svg("path", { d: `M${plot.box.left} 13h26`, class: "line steep" }, plot.root);
  svg("text", { x: plot.box.left + 32, y: 17, class: "note strong steep" }, plot.root, before);
  svg("path", { d: `M${plot.box.left + 142} 13h26`, class: "line flat solid" }, plot.root);
  svg("text", { x: plot.box.left + 174, y: 17, class: "note strong flat" }, plot.root, after);
}

/** The numbers at the two rings, over a plot. */
function createNumbers(plot) {
  const texts = ["steep", "flat"].map((kind, i) =>
    svg("text", { x: plot.box.left + 142 * i, y: 17, class: `note strong ${kind}` }, plot.root),
  );
  return (...words) => texts.forEach((text, i) => (text.textContent = words[i]));
}

/** Two rings: where the run was at first or highest, and where it ends. */
function createRings(plot) {
  const rings = ["mine", "best"].map((kind) => svg("circle", { r: 5.5, class: `ring ${kind}` }, plot.front));
  return (points) => {
    points.forEach(([x, y], i) => {
      const known = Number.isFinite(y);
      const height = known ? clamp(plot.y(y), plot.box.top, plot.box.bottom) : plot.box.top;
      rings[i].toggleAttribute("hidden", !known);
      place(rings[i], { cx: plot.x(x), cy: height });
    });
  };
}

const SIZE = { width: 380, margin: { top: 26, bottom: 42, left: 58, right: 14 } };

function createLossPanel(parent, view, steps) {
  const plot = createPlot(parent, {
    ...SIZE,
    title: "Loss over the steps",
    height: 250,
    x: { domain: [0, steps], label: "step" },
    y: { domain: VIEWS[view].loss, log: true, label: "loss ÷ first loss (log scale)", grid: true, count: 7 },
  });
  const line = svg("path", { class: "line total" }, plot.data);
  const note = svg("text", { class: "note strong halo bad", y: plot.box.top + 18 }, plot.front);
  const [drawRings, drawNumbers] = [createRings(plot), createNumbers(plot)];
  return (run) => {
    const heights = run.losses.map((loss) => loss / run.losses[0]);
    const xs = heights.map((_, step) => step);
    line.setAttribute("d", linePath(xs, heights, plot));
    const gone = run.regime === "diverged";
    const lost = gone ? heights.findIndex((height) => !(height < VIEWS[view].loss[1])) : -1;
    note.textContent = gone ? "diverged ↑" : "";
    place(note, { x: clamp(plot.x(Math.max(lost, 0)) + 8, plot.box.left, plot.box.right - 80) });
    drawRings([[run.peak, gone ? NaN : run.highest], [xs.length - 1, run.lowest]]);
    drawNumbers(
      gone ? "" : `highest: ${formatNumber(run.highest)}`,
      gone ? "" : `at the end: ${run.lowest < VIEWS[view].loss[0] ? `below ${powerOfTen(Math.log10(VIEWS[view].loss[0]))}` : formatNumber(run.lowest, 2)}`,
    );
    plot.describe(
      `Loss over ${steps} steps, as a multiple of the first loss: ` +
        (gone
          ? "it grows without bound."
          : `at most ${formatNumber(run.highest)}, after ${run.peak} steps; ${formatNumber(run.lowest)} late in the run.`),
    );
  };
}

function createSharpnessPanel(parent, view, steps) {
  const name = VIEWS[view].sharpness;
  const plot = createPlot(parent, {
    ...SIZE,
    title: `${name[0].toUpperCase()}${name.slice(1)} over the steps`,
    height: 250,
    x: { domain: [0, steps], label: "step" },
    y: { domain: RATIOS, label: `${name} in units of 2/η`, grid: true },
  });
  drawUnstable(plot, "end");
  const line = svg("path", { class: "line total" }, plot.data);
  const dots = svg("path", { class: "dots seeds" }, plot.data);
  const [drawRings, drawNumbers] = [createRings(plot), createNumbers(plot)];
  return (run) => {
    line.setAttribute("d", linePath(run.marks, run.ratios, plot));
    dots.setAttribute("d", view === "trained" ? dotPath(run.marks, run.ratios, plot) : "");
    const gone = run.regime === "diverged";
    const end = gone ? NaN : run.ratios.at(-1);
    drawRings([[0, run.ratios[0]], [steps, end]]);
    drawNumbers(`at the start: ${times(run.ratios[0])}`, gone ? "" : `at the end: ${times(end)}`);
    plot.describe(
      `The ${name} over the steps, in units of 2/η: ${formatFixed(run.ratios[0], 2)} at the start, ` +
        (gone ? "and the run diverges." : `${formatFixed(end, 2)} after ${steps} steps. Above 1 the run is unstable.`),
    );
  };
}

/** Lines that name the multiples of 1/λ₀ at which theory expects something. */
function drawLimits(plot, limits) {
  for (const limit of limits) {
    const x = plot.x(limit);
    svg("line", { class: "limit-line", x1: x, x2: x, y1: plot.box.top, y2: plot.box.bottom }, plot.data);
    svg("text", { class: "tick-label middle", x, y: plot.box.bottom + 18 }, plot.root, String(limit));
  }
}

/** The rates at which runs diverge. */
function drawLost(plot, runs) {
  const first = runs.findIndex((run) => run.regime === "diverged");
  if (first < 1) return;
  const left = (plot.x(runs[first].product) + plot.x(runs[first - 1].product)) / 2;
  svg("rect", { ...rectangle({ ...plot.box, left }), class: "grows" }, plot.data);
  svg("text", { class: "note halo end bad", x: plot.box.right - 4, y: plot.box.top + 16 }, plot.front, "diverged");
}

/** Two numbers of every run against its rate, and rings at the present one. */
function createOverview(parent, view, runs, { title, y, key, low, high }) {
  const plot = createPlot(parent, {
    ...SIZE,
    title,
    height: 250,
    x: { domain: [runs[0].product, runs.at(-1).product], log: true, label: "η·λ₀ (log scale)" },
    y,
  });
  if (y.log) drawLost(plot, runs);
  else drawUnstable(plot, "start");
  drawLimits(plot, VIEWS[view].limits);
  drawKey(plot, key);
  const products = runs.map((run) => run.product);
  svg("path", { class: "line steep", d: linePath(products, runs.map(high), plot) }, plot.data);
  svg("path", { class: "line flat solid", d: linePath(products, runs.map(low), plot) }, plot.data);
  if (view === "trained") {
    svg("path", { class: "dots seeds", d: dotPath(products, runs.map(low), plot) }, plot.data);
  }
  const drawRings = createRings(plot);
  return (run, text) => {
    drawRings([[run.product, high(run)], [run.product, low(run)]]);
    plot.describe(text);
  };
}

// ------------------------------------------------------------------------------------ the words

function times(value) {
  return formatFixed(value, 2);
}

function describeLinear(run) {
  const [start, end] = [run.ratios[0], run.ratios.at(-1)];
  const steps = run.losses.length - 1;
  const begin = `The curvature starts at ${times(start)} × 2/η`;
  if (run.regime === "diverged") {
    return run.product < 4
      ? `${begin}: too sharp for this rate. Here the fall of the curvature did not come in time.`
      : `${begin}. A step changes the curvature in proportion to ηλ − 4, which is not negative here: ` +
          "it does not fall. Nothing calls the loss back, and it grows without bound.";
  }
  if (run.regime === "catapult") {
    return (
      `${begin}: too sharp for this rate, so the loss rises, to ${formatNumber(run.highest)} times its start ` +
      `after ${run.peak} steps. A loss that large flattens the network: the curvature falls to ` +
      `${times(end)} × 2/η, and from there the run converges. It ends ${formatNumber(start / end, 2)} times ` +
      "flatter than it began."
    );
  }
  if (run.regime === "converged") {
    return (
      `${begin}${start < 1 ? ", below the limit" : ", hardly above the limit"}, and ends at ${times(end)}. ` +
      (run.highest > 1
        ? `The loss rises to ${formatNumber(run.highest)} times its start at most, and then falls.`
        : "The loss falls from the first step, as on a bowl.")
    );
  }
  return (
    `${begin} and is at ${times(end)} after ${steps} steps. That close to the limit each step changes ` +
    `little: the loss is ${formatNumber(run.lowest)} times its start, and not yet settled.`
  );
}

function describeTrained(run) {
  const [start, end] = [run.ratios[0], run.ratios.at(-1)];
  const last = run.marks.at(-1);
  const begin = `The sharpness starts at ${times(start)} × 2/η`;
  if (run.regime === "diverged") {
    const step = run.losses.findIndex((loss) => !Number.isFinite(loss));
    return `${begin}: too sharp for this rate, and it does not flatten in time. The run is lost within ${step} steps.`;
  }
  const fall = `The loss has fallen to ${formatNumber(run.lowest, 2)} times its start`;
  const rising = `${Math.round(100 * run.rising)}\u00a0% of the late steps raise it`;
  if (run.regime === "edge of stability") {
    const met = run.marks[run.ratios.findIndex((ratio) => ratio >= 1)];
    return start < 1
      ? `${begin}, well stable on paper. Training sharpens the network until it meets 2/η, by step ${met} here, ` +
          `and then holds it there: ${times(end)} after ${last} steps. ${fall}, though ${rising}.`
      : `${begin}, above the limit. The run stays bounded and is brought back to the edge: ${times(end)} ` +
          `after ${last} steps. ${fall}, though ${rising}.`;
  }
  return lateRatio(run) < 1
    ? `${begin} and has come to ${times(end)} after ${last} steps. Training sharpens the network, and at this ` +
        `rate it had ${end < 1 ? "not met" : "only just met"} 2/η when the run ended. ${fall}.`
    : `${begin}, above the limit, and has come down to ${times(end)} after ${last} steps: bounded, and not yet ` +
        `at the edge. ${fall}, though ${rising}.`;
}

// ------------------------------------------------------------------------------------ the demo

const FINE = 7; // positions of the slider between two rates of the trained network

function render({ model, el }) {
  const label = "Demo: convergence, catapult, divergence and the edge of stability";
  const demo = new DemoView({ model, el, name: "edge-of-stability", label });
  const [low, high] = demo.limits.learning_rate;
  const { products } = model.get("runs").trained;
  const controls = demo.section("controls even");
  const isTrained = () => model.get("network") === "trained";
  const inEffect = (value) => (isTrained() ? products[nearestIndex(products, value)] : value);
  const positions = FINE * (products.length - 1);
  demo.choice(controls, {
    key: "network", label: "Network",
    names: { linear: "two linear layers", trained: "trained tanh network" },
  });
  const row = html("div", { class: "whole" }, controls);
  const slider = demo.slider(row, {
    key: "learning_rate", label: "Learning rate η", steps: positions, log: true,
    round: roundSignificant,
    format: (value) => `${formatNumber(inEffect(value))}\u00a0/\u00a0λ₀`,
    speak: (value) => `${formatNumber(inEffect(value))} over λ₀`,
  });
  slider.mark(2, "2/λ₀: the limit on a bowl");
  // Of the trained network only every seventh position is a run.
  const input = row.querySelector("input");
  const position = logScale([low, high], [0, positions]);
  const snap = (value) => {
    input.step = isTrained() ? FINE : 1;
    const at = Math.round(position(inEffect(value)));
    input.value = at;
    row.querySelector(".slider").style.setProperty("--at", at / positions);
  };
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const [left, right] = [0, 1].map(() => html("div", { class: "column" }, panels));
  const actions = html("div", { class: "actions" }, demo.section("foot"));
  demo.buttons(actions);
  const waiting = demo.inPage ? () => {} : createTrainButton(demo, model, actions);

  let drawn = null; // the view of the panels, its runs, and how to draw on them
  const panelsOf = (view, packed) => {
    if (drawn?.view === view && drawn.packed === packed) return drawn;
    if (drawn?.packed !== packed) waiting(false);
    for (const host of [left, right]) host.replaceChildren();
    const net = packed.linear;
    const runs =
      view === "trained"
        ? trainedRuns(packed.trained)
        : Array.from({ length: positions + 1 }, (_, at) => linearRun(net, position.invert(at)));
    const steps = runs[0].marks.at(-1);
    const name = VIEWS[view].sharpness;
    const kept = (value) => (run) => (run.regime === "diverged" ? NaN : value(run));
    drawn = {
      view, packed, runs,
      loss: createLossPanel(left, view, steps),
      sharpness: createSharpnessPanel(left, view, steps),
      losses: createOverview(right, view, runs, {
        title: "Loss at every rate",
        y: { domain: VIEWS[view].loss, log: true, label: "loss ÷ first loss (log scale)", grid: true, count: 7 },
        key: ["highest", "at the end"],
        high: kept((run) => run.highest),
        low: (run) => Math.max(run.lowest, VIEWS[view].loss[0]), // NaN stays NaN
      }),
      ends: createOverview(right, view, runs, {
        title: `${name[0].toUpperCase()}${name.slice(1)} at every rate`,
        y: { domain: RATIOS, label: `${name} in units of 2/η`, grid: true },
        key: ["at the start", "at the end"],
        high: (run) => run.ratios[0],
        low: kept((run) => run.ratios.at(-1)),
      }),
    };
    return drawn;
  };

  return demo.run(({ network: view, learning_rate: value }) => {
    snap(value);
    const packed = model.get("runs");
    const draw = panelsOf(view, packed);
    const run = view === "trained" ? draw.runs[nearestIndex(products, value)] : linearRun(packed.linear, value);
    const [word, sign, tone] = verdict(run, view);
    readout(`${word}.`, sign, tone, (view === "trained" ? describeTrained : describeLinear)(run));
    draw.loss(run);
    draw.sharpness(run);
    const lost = draw.runs.find((r) => r.regime === "diverged").product;
    const here = `Yours: ${formatNumber(run.product)}, ${word.toLowerCase()}. Runs diverge from about ${formatNumber(lost)}.`;
    draw.losses(run, `Highest loss and loss at the end, against η·λ₀. ${here}`);
    draw.ends(run, `${VIEWS[view].sharpness} at the start and at the end, in units of 2/η, against η·λ₀. ${here}`);
  });
}

/** With a kernel: start and train anew from another seed. */
function createTrainButton(demo, model, parent) {
  const name = "Train again on another seed";
  const button = html("button", { type: "button", class: "action" }, parent, name);
  const waiting = (busy) => {
    button.disabled = busy;
    button.textContent = busy ? "Training …" : name;
  };
  button.addEventListener("click", () => {
    waiting(true);
    demo.set({ seed: model.get("seed") + 1 });
  });
  return waiting;
}

export default { render };
