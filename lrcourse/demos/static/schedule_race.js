/**
 * A learning-rate schedule, drawn or chosen, against the best constant rate: exactly on a noisy bowl,
 * and from runs that come with the page on a small network. The formulas of the schedules are those
 * of lrcourse.schedules, the mean losses those of lrcourse.demos.ScheduleRace.
 *
 * @typedef {object} Problem
 * @property {number[]} curvatures
 * @property {number[]} start  Distance to the minimum in each direction.
 * @property {number} steps
 * @property {number[]} rates  At which schedules are tuned.
 * @property {number} singleRuns
 */
import {
  DemoView, clamp, createPlot, dotPath, formatFixed, formatNumber, html, linePath, makeDraggable,
  normals, place, roundSignificant, svg, unpackGrid,
} from "./draw.js";

const DRAW = 1.05; // a smaller factor between two losses is no victory

// ---------------------------------------------------------------------------------- schedules

const halfCosine = (part) => (1 + Math.cos(Math.PI * part)) / 2;

/** The rate over the peak, at step t of T. */
const SHAPES = {
  constant: () => 1,
  step: (t, T) => (t < Math.floor(T / 2) ? 1 : t < Math.floor((3 * T) / 4) ? 0.1 : 0.1 ** 2),
  exponential: (t, T) => 0.01 ** (t / T),
  cosine: (t, T) => halfCosine(t / T),
  linear: (t, T) => 1 - t / T,
  restarts: (t, T) => {
    const period = Math.floor(T / 4);
    return halfCosine((t % period) / period);
  },
  wsd: (t, T) => {
    const [warmUp, coolDown] = [Math.floor(T / 20), Math.floor(T / 5)];
    if (t < warmUp) return t / warmUp;
    return Math.min(1, (T - t) / coolDown);
  },
};

/** The rate over the peak at each of `steps` steps. */
export function factorsOf({ schedule, points }, steps) {
  const at = SHAPES[schedule] ?? ((t) => between(points, ((points.length - 1) * t) / steps));
  return Float64Array.from({ length: steps }, (_, t) => at(t, steps));
}

/** A value of the straight lines that join `levels`, at a place counted in levels. */
function between(levels, at) {
  const before = Math.min(Math.floor(at), levels.length - 2);
  return levels[before] + (at - before) * (levels[before + 1] - levels[before]);
}

/** The points that come closest to a schedule: its values at the knots. */
function pointsOf(schedule, count) {
  const T = 4000;
  const at = (t) => SHAPES[schedule](t, T);
  const last = T - 1;
  return Array.from({ length: count }, (_, k) => Number(at(Math.min((k * T) / (count - 1), last)).toFixed(2)));
}

// ------------------------------------------------------------------------------- the noisy bowl

/** The mean loss after 0, 1, … steps, over all possible noise; Infinity beyond all numbers. */
export function meanLosses(problem, rates, noise) {
  const moments = problem.start.map((x) => x * x);
  const losses = new Float64Array(rates.length + 1);
  losses[0] = lossOf(problem, moments);
  rates.forEach((rate, t) => {
    step(problem, moments, rate, noise);
    losses[t + 1] = lossOf(problem, moments);
  });
  return losses;
}

/** The mean loss after the last step of a schedule, at each of the rates as its peak. */
export function valleyOf(problem, factors, noise) {
  return problem.rates.map((peak) => {
    const moments = problem.start.map((x) => x * x);
    for (const factor of factors) step(problem, moments, peak * factor, noise);
    return lossOf(problem, moments);
  });
}

function step({ curvatures }, moments, rate, noise) {
  const kick = (rate * noise) ** 2;
  for (let i = 0; i < moments.length; i++) {
    const left = 1 - rate * curvatures[i];
    moments[i] = left * left * moments[i] + kick;
  }
}

function lossOf({ curvatures }, moments) {
  const loss = curvatures.reduce((sum, curvature, i) => sum + (curvature * moments[i]) / 2, 0);
  return Number.isNaN(loss) ? Infinity : loss;
}

/** The losses of a few single runs after 0, 1, … steps. */
export function singleLosses(problem, rates, noise) {
  const { curvatures, start, singleRuns } = problem;
  const kicks = normals(rates.length * singleRuns * start.length, 0);
  return Array.from({ length: singleRuns }, (_, run) => {
    const point = [...start];
    const losses = [lossOf(problem, point.map((x) => x * x))];
    rates.forEach((rate, t) => {
      const offset = (t * singleRuns + run) * start.length;
      for (let i = 0; i < point.length; i++) {
        point[i] -= rate * (curvatures[i] * point[i] + noise * kicks[offset + i]);
      }
      losses.push(lossOf(problem, point.map((x) => x * x)));
    });
    return losses;
  });
}

function indexOfLowest(values) {
  return values.reduce((best, value, i) => (value < values[best] ? i : best), 0);
}

/** Everything the race shows. */
export function simulate(problem, state) {
  const { peak, noise } = state;
  const factors = factorsOf(state, problem.steps);
  const rates = factors.map((factor) => peak * factor);
  const constantValley = valleyOf(problem, factors.map(() => 1), noise);
  const valley = valleyOf(problem, factors, noise);
  const constant = problem.rates[indexOfLowest(constantValley)];
  const losses = meanLosses(problem, rates, noise);
  const constantLosses = meanLosses(problem, rates.map(() => constant), noise);
  const advantage = constantLosses.at(-1) / losses.at(-1);
  return {
    factors, losses, constantLosses, valley, constantValley, constant, advantage,
    bestPeak: problem.rates[indexOfLowest(valley)],
    lowest: Math.min(...valley),
    singles: singleLosses(problem, rates, noise),
    walked: rates.reduce((sum, rate) => sum + rate, 0),
    result: resultOf(losses.at(-1), advantage),
  };
}

function resultOf(loss, advantage) {
  if (!(loss <= 1)) return "diverged";
  if (advantage >= DRAW) return "win";
  return advantage <= 1 / DRAW ? "loss" : "draw";
}

// ---------------------------------------------------------------------------------- the network

/** The results of the network: for each schedule the accuracies and means by peak, and the best. */
export function readRuns({ schedules, peaks, accuracy, drawn }) {
  const found = {};
  const read = (name, grid, row) => {
    const results = peaks.map((_, p) => Array.from({ length: grid.shape[2] }, (_, run) => grid.at(row, p, run)));
    const means = results.map((runs) => runs.reduce((sum, value) => sum + value, 0) / runs.length);
    found[name] = { results, means, best: indexOfLowest(means.map((m) => (Number.isNaN(m) ? 1 : -m))) };
  };
  const grid = unpackGrid(accuracy);
  schedules.forEach((name, row) => read(name, grid, row));
  if (drawn) read("drawn", unpackGrid(drawn), 0);
  return found;
}

// ------------------------------------------------------------------------------------ the picture

const LABELS = {
  drawn: "your drawing", constant: "constant", step: "step", exponential: "exponential",
  cosine: "cosine", linear: "straight to 0", restarts: "warm restarts", wsd: "WSD",
};
const WORDS = { win: "You win", loss: "The constant rate wins", draw: "A draw", diverged: "You diverge" };
const TONES = { win: ["✓", "good"], loss: ["↓", "warn"], draw: ["=", "warn"], diverged: ["✗", "bad"] };
const MOMENTS = ["At start", "At 1/4", "At 1/2", "At 3/4", "At end"];

/** A rate for people: 0.45, 1.3, 20. */
function sayRate(rate) {
  return String(roundSignificant(rate));
}

/** How many times, for people: 1.2, 7.3, 40. */
function sayTimes(ratio) {
  if (!(ratio < 1e4)) return "more than 10\u00a0000";
  return ratio < 10 ? String(Number(ratio.toPrecision(2))) : String(Math.round(ratio));
}

function lossDomain(noise) {
  if (noise < 0.02) return [1e-10, 3];
  return [noise < 0.06 ? 1e-4 : 1e-3, 3];
}

/** Two lines with a name each, over a plot. */
function legend(plot, entries) {
  for (const [kind, name, x] of entries) {
    svg("path", { d: `M${x} 13h26`, class: `line ${kind}` }, plot.root);
    svg("text", { x: x + 32, y: 17, class: "note" }, plot.root, name);
  }
}

/** The schedule, with a handle at each of its points. */
function createSchedulePanel(parent, { steps }, count, onDrag) {
  const plot = createPlot(parent, {
    title: "Your schedule: drag the points",
    width: 380, height: 262,
    margin: { top: 26, bottom: 42, left: 52, right: 16 },
    x: { domain: [-0.04 * steps, 1.04 * steps], label: "step" }, // room for half a handle
    y: { domain: [-0.06, 1.12], label: "rate / peak rate", grid: true },
  });
  legend(plot, [["mine solid", "yours", 52], ["flat", "best constant rate", 142]]);
  const constant = svg("line", { class: "line flat", x1: plot.box.left, x2: plot.box.right }, plot.data);
  const above = svg("text", { class: "note halo end", x: plot.box.right - 4, y: plot.box.top + 14 }, plot.front);
  const line = svg("path", { class: "line mine solid" }, plot.data);
  const handles = Array.from({ length: count }, (_, k) => {
    const handle = svg("g", {}, plot.front);
    svg("circle", { r: 24, class: "hit" }, handle);
    svg("circle", { r: 9, class: "knob" }, handle);
    svg("path", { d: "M0 -5l3 3h-6zM0 5l3 -3h-6z", class: "knob-arrows" }, handle);
    makeDraggable(handle, plot, ([, level]) => onDrag(k, clamp(level, 0, 1)));
    return handle;
  });
  const times = Array.from({ length: steps }, (_, t) => t);
  return ({ points, peak, schedule }, { factors, constant: rate }) => {
    line.setAttribute("d", linePath(times, factors, plot));
    const level = rate / peak;
    place(constant, { y1: plot.y(level), y2: plot.y(level) });
    above.textContent = level > 1.12 ? `best constant: ${sayTimes(level)} times your peak ↑` : "";
    handles.forEach((handle, k) => {
      const [x, y] = [plot.x((k * steps) / (count - 1)), plot.y(points[k])];
      handle.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    });
    plot.describe(
      `The rate over the peak rate, step by step: ${LABELS[schedule]}. ` +
        MOMENTS.map((moment, k) => `${moment} ${formatFixed(points[k], 2)}`).join(", ") +
        `. The best constant rate is ${formatNumber(level)} times the peak.`,
    );
  };
}

/** The mean loss of both at each step, and single runs. */
function createLossPanel(parent, { steps, singleRuns }, domain) {
  const plot = createPlot(parent, {
    title: "Loss at each step",
    width: 380, height: 262,
    margin: { top: 26, bottom: 42, left: 60, right: 16 },
    x: { domain: [0, steps], label: "step" },
    y: { domain, log: true, label: "loss (log scale)", grid: true, count: 6 },
  });
  legend(plot, [["mine solid", "yours", 60], ["flat", "best constant", 134], ["mine solid single", "single runs", 262]]);
  const singles = Array.from({ length: singleRuns }, () => svg("path", { class: "line mine solid single" }, plot.data));
  const constant = svg("path", { class: "line flat" }, plot.data);
  const line = svg("path", { class: "line mine solid" }, plot.data);
  const times = Array.from({ length: steps + 1 }, (_, t) => t);
  return ({ losses, constantLosses, singles: runs }) => {
    line.setAttribute("d", linePath(times, losses, plot));
    constant.setAttribute("d", linePath(times, constantLosses, plot));
    singles.forEach((path, i) => path.setAttribute("d", linePath(times, runs[i], plot)));
    plot.describe(
      `Mean loss against step on a logarithmic axis, from ${formatNumber(losses[0])}. ` +
        `After ${steps} steps: ${formatNumber(losses.at(-1))} with your schedule, ` +
        `${formatNumber(constantLosses.at(-1))} at the best constant rate.`,
    );
  };
}

/** A dashed or dotted vertical line at a rate, with a ring and a name. */
function createGuide(plot, kind) {
  const line = svg("line", { class: `guide ${kind}`, y1: plot.box.top, y2: plot.box.bottom }, plot.data);
  const ring = svg("circle", { r: 6, class: `ring ${kind}` }, plot.front);
  const label = svg("text", { class: `note strong halo middle ${kind}` }, plot.front);
  return (x, y, text, textY) => {
    place(line, { x1: x, x2: x });
    ring.toggleAttribute("hidden", !(y >= plot.box.top && y <= plot.box.bottom));
    if (Number.isFinite(y)) place(ring, { cx: x, cy: y });
    label.textContent = text;
    const half = 4.1 * text.length;
    place(label, { x: clamp(x, plot.box.left + half + 2, plot.box.right - half - 2), y: textY });
  };
}

/** The mean loss after the last step, at every peak. */
function createValleyPanel(parent, { steps, rates }, domain) {
  const plot = createPlot(parent, {
    title: "Bowl: what each peak leads to",
    width: 380, height: 290,
    margin: { top: 26, bottom: 42, left: 60, right: 16 },
    x: { domain: [rates[0], rates.at(-1)], log: true, label: "peak rate (log scale)" },
    y: { domain, log: true, label: `mean loss after ${steps} steps`, grid: true, count: 6 },
  });
  const constant = svg("path", { class: "line flat" }, plot.data);
  const line = svg("path", { class: "line mine solid" }, plot.data);
  const drawBest = createGuide(plot, "best");
  const drawMine = createGuide(plot, "mine");
  return ({ peak }, { valley, constantValley, constant: rate, losses, bestPeak, constantLosses }) => {
    const cap = (values) => values.map((value) => Math.min(value, 1e9));
    constant.setAttribute("d", linePath(rates, cap(constantValley), plot));
    line.setAttribute("d", linePath(rates, cap(valley), plot));
    drawBest(plot.x(rate), plot.y(constantLosses.at(-1)), `best constant: ${sayRate(rate)}`, 18);
    drawMine(plot.x(peak), plot.y(losses.at(-1)), `your peak: ${sayRate(peak)}`, plot.box.bottom - 8);
    plot.describe(
      `Mean loss after ${steps} steps against the peak rate, both on logarithmic axes. Your schedule ` +
        `is best at peak ${sayRate(bestPeak)}, a constant rate at ${sayRate(rate)}.`,
    );
  };
}

/** What the network made of each schedule, at every peak. */
function createNetworkPanel(parent, { peaks, schedules }, found, limit) {
  const plot = createPlot(parent, {
    title: "Network: what each peak leads to",
    width: 380, height: 290,
    margin: { top: 26, bottom: 42, left: 52, right: 16 },
    x: { domain: [peaks[0], peaks.at(-1)], log: true, label: "peak rate (log scale)" },
    y: { domain: [0, limit], label: "validation accuracy", grid: true },
  });
  for (const name of schedules) {
    svg("path", { class: "line total ghost", d: linePath(peaks, found[name].means, plot) }, plot.data);
  }
  const constant = found.constant;
  svg("path", { class: "line flat", d: linePath(peaks, constant.means, plot) }, plot.data);
  const line = svg("path", { class: "line mine solid" }, plot.data);
  const seeds = svg("path", { class: "dots seeds mine" }, plot.data);
  const drawBest = createGuide(plot, "best");
  const drawMine = createGuide(plot, "mine");
  const mine = plot.front.querySelectorAll(".mine");
  const mineLine = plot.data.querySelector(".guide.mine");
  const atBest = ({ best, means }) => [plot.x(peaks[best]), plot.y(means[best])];
  drawBest(...atBest(constant), `constant: ${peaks[constant.best]}`, 18);
  const summary = schedules
    .map((name) => `${LABELS[name]} ${formatFixed(found[name].means[found[name].best], 2)} at ${peaks[found[name].best]}`)
    .join(", ");
  return (schedule) => {
    const chosen = schedule === "constant" ? undefined : found[schedule];
    for (const part of [...mine, mineLine]) part.toggleAttribute("hidden", !chosen);
    line.setAttribute("d", chosen ? linePath(peaks, chosen.means, plot) : "");
    const each = chosen?.results.flatMap((row, p) => row.map((value) => [peaks[p], value])) ?? [];
    seeds.setAttribute("d", dotPath(each.map((e) => e[0]), each.map((e) => e[1]), plot));
    if (chosen) drawMine(...atBest(chosen), `${LABELS[schedule]}: ${peaks[chosen.best]}`, plot.box.bottom - 8);
    plot.describe(`Validation accuracy of a network against the peak rate. Best of each schedule, and its peak: ${summary}.`);
  };
}

// ------------------------------------------------------------------------------------ the demo

/** The present state in a few sentences. */
function describeState({ steps }, schedule, found, trained) {
  const { losses, constantLosses, constant, advantage, result, bestPeak, lowest, walked } = found;
  const [mine, best] = [losses.at(-1), constantLosses.at(-1)].map((loss) => formatNumber(loss));
  const against = {
    win: `, a factor of ${sayTimes(advantage)} below`,
    loss: `, a factor of ${sayTimes(1 / advantage)} above`,
    draw: ", about the same as",
    diverged: ", above the start, against",
  };
  const sentences = [
    `Mean loss after ${steps} steps: ${mine}${against[result]} the ${best} of the best constant rate, ${sayRate(constant)}.`,
    `All your rates add up to ${walked.toPrecision(4)}.`,
  ];
  if (lowest < losses[0]) {
    sentences.push(`Your schedule is best from a peak of ${sayRate(bestPeak)}: there it comes to ${formatNumber(lowest)}.`);
  }
  if (trained) {
    const accuracy = formatFixed(trained.accuracy, 2);
    sentences.push(`On the network, ${LABELS[schedule]} is best from ${trained.peak}: accuracy ${accuracy}.`);
  }
  return sentences.join(" ");
}

function render({ model, el }) {
  const label = "Demo: a schedule of your own against the best constant learning rate";
  const demo = new DemoView({ model, el, name: "schedule-race", label });
  const problem = model.get("_problem");
  const count = demo.limits.points.length;
  // Who moves a point begins to draw.
  const set = demo.set.bind(demo);
  demo.set = (changes) =>
    set("points" in changes && !("schedule" in changes) ? { ...changes, schedule: "drawn" } : changes);

  demo.choice(demo.section("keys"), { key: "schedule", label: "Schedule", names: LABELS });
  const controls = demo.section("controls even");
  demo.slider(controls, {
    key: "peak", label: "Peak learning rate", steps: problem.rates.length - 1, log: true,
    round: roundSignificant, format: sayRate, speak: sayRate,
  });
  demo.slider(controls, {
    key: "noise", label: "Noise on the slope", steps: 15,
    round: (value) => Number(value.toFixed(2)),
    format: (value) => formatFixed(value, 2),
    speak: (value) => formatFixed(value, 2),
  });
  const readout = demo.readout(demo.section("summary"));
  const sliders = demo.section("controls even knots");
  MOMENTS.forEach((moment, index) =>
    demo.slider(sliders, {
      key: "points", index, label: moment, steps: 20,
      round: (value) => Number(value.toFixed(2)),
      format: (value) => formatFixed(value, 2),
      speak: (value) => `${formatFixed(value, 2)} of the peak rate`,
    }),
  );
  const column = (panels) => html("div", { class: "column" }, panels);
  const top = demo.section("panels");
  const drawSchedule = createSchedulePanel(column(top), problem, count, (k, level) => {
    demo.set({ points: [...model.get("points")].fill(Number(level.toFixed(2)), k, k + 1) });
  });
  const lossHost = column(top);
  const peaks = demo.section("panels below");
  const [valleyHost, networkHost] = [column(peaks), column(peaks)];
  const actions = html("div", { class: "actions" }, demo.section("foot"));
  demo.buttons(actions);
  const waiting = demo.inPage ? () => {} : createTrainButton(model, actions);

  let [drawn, draws] = [{}, {}];
  return demo.run((state) => {
    if (state.schedule !== "drawn") {
      const points = pointsOf(state.schedule, count);
      // The points follow the schedule that was chosen, so that a drawing can begin from it.
      if (points.some((level, k) => level !== state.points[k])) {
        set({ points });
        return;
      }
    }
    const domain = lossDomain(state.noise);
    if (drawn.low !== domain[0]) {
      for (const host of [lossHost, valleyHost]) host.replaceChildren();
      draws.loss = createLossPanel(lossHost, problem, domain);
      draws.valley = createValleyPanel(valleyHost, problem, domain);
    }
    const runs = model.get("runs");
    if (drawn.runs !== runs) {
      networkHost.replaceChildren();
      draws.found = readRuns(runs);
      draws.network = createNetworkPanel(networkHost, runs, draws.found, 0.75);
      waiting(false);
    }
    drawn = { low: domain[0], runs };
    const found = simulate(problem, state);
    const onNetwork = isTrained(state, runs) ? draws.found[state.schedule] : null;
    const trained = onNetwork && { peak: runs.peaks[onNetwork.best], accuracy: onNetwork.means[onNetwork.best] };
    const words = describeState(problem, state.schedule, found, trained);
    readout(`${WORDS[found.result]}.`, ...TONES[found.result], words);
    drawSchedule(state, found);
    draws.loss(found);
    draws.valley(state, found);
    draws.network(onNetwork ? state.schedule : "constant");
  });
}

/** Whether the network was trained by the present schedule. */
function isTrained({ schedule, points }, runs) {
  return schedule !== "drawn" || (runs.points?.every((level, k) => level === points[k]) ?? false);
}

/** With a kernel: train the network by the drawing. */
function createTrainButton(model, parent) {
  const name = "Train the network by my drawing";
  const button = html("button", { type: "button", class: "action" }, parent, name);
  const waiting = (busy) => {
    button.disabled = busy;
    button.textContent = busy ? "Training …" : name;
  };
  button.addEventListener("click", () => {
    waiting(true);
    model.set({ _asked: [...model.get("points")] });
    model.save_changes();
  });
  return waiting;
}

export default { render };
