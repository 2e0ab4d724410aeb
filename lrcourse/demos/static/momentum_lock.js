/**
 * Heavy ball on the bowl ½(w₁²/κ + w₂²) beside plain descent at the same effective rate η/(1−β), at
 * its own best rate, and heavy ball at its best. The arithmetic is that of lrcourse.optimizers and
 * lrcourse.demos.momentum_lock, operation by operation; all arms share their random numbers.
 */
import {
  DemoView, clamp, createPlot, dotPath, firstExit, formatFixed, formatNumber, html, labelContours,
  linePath, normals, place, roundSignificant, svg,
} from "./draw.js";

export const STEPS = 400;
export const LONGEST = 3000;
export const RUNS = 32;
const LATE = 100;
const START = 4;
const NOISE = 0.2;
const GOAL = 0.01;
const STEEP = 1;

let noise = null;

function noiseTable() {
  noise ??= normals(STEPS * RUNS * 2, 0);
  return noise;
}

/** Learning rate and momentum of each run that is compared. */
export function arms({ learning_rate: rate, momentum, condition_number: condition }) {
  const root = Math.sqrt(condition);
  return {
    "momentum": [rate, momentum],
    "same-rate": [rate / (1 - momentum), 0],
    "best-plain": [2 / (1 + 1 / condition), 0],
    "best-momentum": [4 / (1 + 1 / root) ** 2, ((root - 1) / (root + 1)) ** 2],
  };
}

/**
 * The path of the first run, and the loss after each step as a share of the first one: of the only
 * run without noise, the mean of 32 runs with it.
 */
export function simulate({ condition_number: condition, noise: word }, [rate, momentum]) {
  const flat = 1 / condition;
  const start = [-START, START / Math.sqrt(condition)];
  const kicks = word === "on" ? noiseTable() : null;
  const runs = kicks ? RUNS : 1;
  const scatter = NOISE * start[1];
  const first = lossAt(flat, ...start);
  const [w1, w2] = [new Float64Array(STEPS + 1), new Float64Array(STEPS + 1)];
  const loss = new Float64Array(STEPS + 1);
  for (let run = 0; run < runs; run++) {
    let [x, y] = start;
    let [vx, vy] = [0, 0];
    for (let t = 0; t <= STEPS; t++) {
      if (run === 0) [w1[t], w2[t]] = [x, y];
      loss[t] += lossAt(flat, x, y) / first;
      if (t === STEPS) break;
      const at = 2 * (t * RUNS + run);
      vx = momentum * vx - rate * (flat * x + (kicks ? scatter * kicks[at] : 0));
      vy = momentum * vy - rate * (STEEP * y + (kicks ? scatter * kicks[at + 1] : 0));
      x += vx;
      y += vy;
    }
  }
  return { w1, w2, loss: loss.map((sum) => sum / runs) };
}

function lossAt(flat, x, y) {
  return 0.5 * (flat * x * x + STEEP * y * y);
}

/** After how many steps without noise the loss is at most a hundredth for good; null: too many. */
export function stepsToGoal({ condition_number: condition }, [rate, momentum]) {
  const flat = 1 / condition;
  let [x, y] = [-START, START / Math.sqrt(condition)];
  let [vx, vy] = [0, 0];
  const goal = GOAL * lossAt(flat, x, y);
  let last = 0;
  for (let t = 0; t <= LONGEST; t++) {
    if (!(lossAt(flat, x, y) <= goal)) last = t; // nor is what is not a number
    vx = momentum * vx - rate * (flat * x);
    vy = momentum * vy - rate * (STEEP * y);
    x += vx;
    y += vy;
  }
  return last === LONGEST ? null : last + 1;
}

/** The mean loss of the last steps. */
export function lateLoss({ loss }) {
  return loss.slice(-LATE).reduce((sum, value) => sum + value, 0) / LATE;
}

/** What the mean loss with noise tends to, as a share of the first loss. */
export function noiseFloor({ condition_number: condition }, [rate, momentum]) {
  return [1 / condition, STEEP].reduce((sum, curvature) => {
    const left = 2 * (1 + momentum) - rate * curvature;
    if (left <= 0) return Infinity;
    return sum + (((rate * NOISE ** 2) / (2 * (1 - momentum))) * (1 + momentum)) / left;
  }, 0);
}

/** The learning rate above which the run diverges. */
export function criticalRate(momentum) {
  return (2 * (1 + momentum)) / STEEP;
}

/** Roots of z² − (1 + β − ηλ)z + β: half their sum, and the square of half their gap. */
function roots([rate, momentum], curvature) {
  const trace = 1 - rate * curvature + momentum;
  return { middle: trace / 2, gapSquared: (trace * trace) / 4 - momentum };
}

/** The factor of a step in the long run, in the slower of the two directions. */
export function spectralRadius({ condition_number: condition }, arm) {
  const factors = [1 / condition, STEEP].map((curvature) => {
    const { middle, gapSquared } = roots(arm, curvature);
    return gapSquared < 0 ? Math.sqrt(arm[1]) : Math.abs(middle) + Math.sqrt(gapSquared);
  });
  return Math.max(...factors);
}

/** "over-damped", "oscillating" or "diverging", in the flat and in the steep direction. */
export function regimes({ condition_number: condition, learning_rate: rate, momentum }) {
  return [1 / condition, STEEP].map((curvature) => {
    if (rate > (2 * (1 + momentum)) / curvature) return "diverging";
    const { middle, gapSquared } = roots([rate, momentum], curvature);
    return gapSquared < 0 || middle - Math.sqrt(gapSquared) < 0 ? "oscillating" : "over-damped";
  });
}

/**
 * A momentum and the rate that keeps the effective rate; where that rate would be out of its range,
 * the momentum stops short of what was asked for.
 */
export function locked({ learning_rate: rate, momentum }, wanted, [low, high]) {
  const effective = rate / (1 - momentum);
  const reached = clamp(wanted, 1 - high / effective, 1 - low / effective);
  // Six digits: the link to a state stays short, and the effective rate as good as still.
  const kept = roundSignificant(effective * (1 - reached), 6);
  return { momentum: reached, learning_rate: clamp(kept, low, high) };
}

// ------------------------------------------------------------------------------------ the picture

const REACH = [5.5, 2.5];
const LEVELS = [0.01, 0.1, 0.3, 1, 3];
const SIGNS = { "over-damped": "↘", oscillating: "⇄", diverging: "↗" };
const TONES = { "over-damped": "good", oscillating: "warn", diverging: "bad" };
const KINDS = {
  "momentum": ["momentum", "flat solid"],
  "same-rate": ["plain, same η/(1−β)", "steep"],
  "best-plain": ["plain, its best rate", "best-plain"],
};

/** A row of the curves' names over a plot. */
function drawKey(plot, names, y = 13) {
  let x = plot.box.left;
  for (const name of names) {
    const [text, kind] = KINDS[name];
    svg("path", { d: `M${x} ${y}h26`, class: `line ${kind}` }, plot.root);
    svg("text", { x: x + 32, y: y + 4, class: "note" }, plot.root, text);
    x += 32 + 8.2 * text.length + 16; // about as wide as the text
  }
}

/** The paths of momentum and of plain descent at the same effective rate, over the contours. */
function createPathPanel(parent) {
  const plot = createPlot(parent, {
    title: "Path of the parameters",
    width: 380, height: 290,
    margin: { top: 26, bottom: 42, left: 48, right: 12 },
    x: { domain: [-REACH[0], REACH[0]], label: "w₁, the flat direction" },
    y: { domain: [-REACH[1], REACH[1]], label: "w₂, the steep direction" },
  });
  drawKey(plot, ["momentum", "same-rate"]);
  const contours = svg("g", {}, plot.data);
  const [cx, cy] = [plot.x(0), plot.y(0)];
  const drawn = ["same-rate", "momentum"].map((name) => ({
    name,
    line: svg("path", { class: `line ${KINDS[name][1]}` }, plot.data),
    dots: svg("path", { class: `dots arm ${name}` }, plot.data),
    exit: svg("path", { class: "arrow-head" }, plot.front),
  }));
  svg("path", { d: `M${cx - 7} ${cy}h14M${cx} ${cy - 7}v14`, class: "minimum" }, plot.data);
  const mark = svg("circle", { r: 6, class: "knob" }, plot.front);
  const name = svg("text", { class: "note strong halo middle" }, plot.front, "start");

  return ({ condition_number: condition, noise: word }, runs) => {
    const start = [runs.momentum.w1[0], runs.momentum.w2[0]];
    drawContours(contours, plot, condition);
    const told = drawn.map(({ name, line, dots, exit }) => {
      const { w1, w2 } = runs[name];
      const left = firstExit(w1, w2, plot);
      line.setAttribute("d", linePath(w1, w2, plot, 0, left?.step));
      const last = left ? left.step : w1.length;
      dots.setAttribute("d", dotPath(w1.subarray(0, last), w2.subarray(0, last), plot));
      drawExit(exit, left);
      const end = left
        ? `leaves the picture at step ${left.step}`
        : `is at (${formatNumber(w1[STEPS], 2)}, ${formatNumber(w2[STEPS], 2)}) after ${STEPS} steps`;
      return `${KINDS[name][0]}: ${end}`;
    });
    place(mark, { cx: plot.x(start[0]), cy: plot.y(start[1]) });
    place(name, { x: plot.x(start[0]), y: plot.y(start[1]) - 12 });
    const noisy = word === "on" ? ", one run with noise" : "";
    plot.describe(`Paths over the contours of the loss${noisy}. ${told.join(". ")}.`);
  };
}

function drawContours(parent, plot, condition) {
  parent.replaceChildren();
  const first = lossAt(1 / condition, START, START / Math.sqrt(condition));
  const [perX, perY] = [plot.x(1) - plot.x(0), plot.y(0) - plot.y(1)];
  const [cx, cy] = [plot.x(0), plot.y(0)];
  const ellipses = LEVELS.map((level) => {
    const rx = Math.sqrt(2 * level * first * condition) * perX;
    const ry = Math.sqrt(2 * level * first) * perY;
    svg("ellipse", { cx, cy, rx, ry, class: "contour" }, parent);
    const candidates = [60, 45, 75, 30, 90, 15].map((degrees) => {
      const angle = (degrees * Math.PI) / 180;
      return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)];
    });
    return { text: String(level), candidates };
  });
  labelContours(parent, ellipses.reverse(), plot.box, [{ x: cx, y: cy, half: 12 }]);
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

/** Loss against step of the three runs. */
function createLossPanel(parent) {
  const plot = createPlot(parent, {
    title: "Loss at each step",
    width: 380, height: 290,
    margin: { top: 48, bottom: 42, left: 60, right: 12 },
    x: { domain: [0, STEPS], label: "step" },
    y: { domain: [1e-4, 100], log: true, label: "loss, share of the first (log)", count: 7, grid: true },
  });
  drawKey(plot, ["momentum", "best-plain"], 13);
  drawKey(plot, ["same-rate"], 33);
  const goal = plot.y(GOAL);
  svg("line", { x1: plot.box.left, x2: plot.box.right, y1: goal, y2: goal, class: "goal" }, plot.data);
  const note = svg("text", { x: plot.box.right - 6, y: goal - 5, class: "note end halo" }, plot.front);
  const names = ["best-plain", "same-rate", "momentum"];
  const floors = names.slice(1).map((name) => [name, svg("path", { class: `floor ${name}` }, plot.data)]);
  const lines = names.map((name) => [name, svg("path", { class: `line ${KINDS[name][1]}` }, plot.data)]);
  const steps = Array.from({ length: STEPS + 1 }, (_, t) => t);

  return (state, runs, all) => {
    const noisy = state.noise === "on";
    note.textContent = noisy ? "" : "a hundredth";
    for (const [name, line] of lines) line.setAttribute("d", linePath(steps, runs[name].loss, plot));
    for (const [name, line] of floors) {
      const floor = noisy ? noiseFloor(state, all[name]) : Infinity;
      const drawn = Number.isFinite(floor) ? linePath([0, STEPS], [floor, floor], plot) : "";
      line.setAttribute("d", drawn);
    }
    const words = names.toReversed().map((name) => `${KINDS[name][0]} ${share(runs[name].loss[STEPS])}`);
    plot.describe(
      `Loss as a share of the first, against step, on a logarithmic axis${noisy ? ", with noise, mean of " + RUNS + " runs" : ""}. ` +
        `After ${STEPS} steps: ${words.join(", ")}.`,
    );
  };
}

const ROWS = {
  "momentum": "momentum, as you set it",
  "same-rate": "plain, same effective rate",
  "best-plain": "plain, best rate without noise",
  "best-momentum": "momentum, best β and η without noise",
};

/** One bar a run: the steps to a hundredth, or with noise the loss that is left. */
function createBarPanel(parent, noisy) {
  const domain = noisy ? [1e-4, 100] : [1, LONGEST];
  const plot = createPlot(parent, {
    title: noisy ? `Loss left: mean of the last ${LATE} steps (log)` : "Steps to a hundredth of the loss (log)",
    width: 380, height: 236,
    margin: { top: 4, bottom: 42, left: 12, right: 12 },
    x: { domain, log: true, label: noisy ? "share of the first loss (log scale)" : "steps (log scale)" },
  });
  const { left, right, bottom } = plot.box;
  const rows = Object.entries(ROWS).map(([name, text], i) => {
    const y = 20 + 46 * i;
    svg("text", { x: left + 2, y: y - 5, class: `note ${name}` }, plot.front, text);
    return {
      name,
      bar: svg("rect", { x: left, y, height: 16, class: `bar arm ${name}` }, plot.data),
      told: svg("text", { x: right - 2, y: y - 5, class: "note strong end" }, plot.front),
    };
  });
  svg("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "tick" }, plot.front);

  return (values) => {
    const words = rows.map(({ name, bar, told }) => {
      const value = values[name];
      const known = Number.isFinite(value);
      bar.setAttribute("width", clamp(plot.x(known ? value : domain[1]) - left, 0, right - left));
      bar.classList.toggle("endless", !known);
      told.textContent = noisy ? share(value) : count(value);
      return `${ROWS[name]} ${told.textContent}`;
    });
    plot.describe(`${noisy ? "Loss that is left" : "Steps to a hundredth"}: ${words.join(", ")}.`);
  };
}

/** How far the effective rate may go without and with momentum, and where it is. */
function createLimitPanel(parent) {
  const plot = createPlot(parent, {
    title: "Effective rates that converge",
    width: 380, height: 168,
    margin: { top: 22, bottom: 42, left: 12, right: 12 },
    x: { domain: [1e-4, 1e3], log: true, label: "effective rate η/(1−β), in 1/λ₁ (log scale)", count: 8 },
  });
  const { left, right, bottom } = plot.box;
  const rows = [["same-rate", "plain"], ["momentum", "momentum"]].map(([kind, text], i) => {
    const y = 42 + 42 * i;
    svg("text", { x: left + 2, y: y - 5, class: "note" }, plot.front, text);
    return {
      bar: svg("rect", { x: left, y, height: 16, class: `bar arm ${kind}` }, plot.data),
      told: svg("text", { x: right - 2, y: y - 5, class: "note strong end halo" }, plot.front),
    };
  });
  svg("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "tick" }, plot.front);
  const line = svg("line", { y1: 20, y2: bottom, class: "limit" }, plot.front);
  const note = svg("text", { y: 14, class: "note strong" }, plot.front);

  return ({ learning_rate: rate, momentum }) => {
    const effective = rate / (1 - momentum);
    const limits = [criticalRate(0), criticalRate(momentum) / (1 - momentum)];
    rows.forEach(({ bar, told }, i) => {
      bar.setAttribute("width", plot.x(limits[i]) - left);
      told.textContent = `up to ${formatNumber(limits[i])}`;
    });
    const at = plot.x(effective);
    place(line, { x1: at, x2: at });
    note.textContent = `now ${formatNumber(effective)}`;
    note.classList.toggle("end", at > right - 90);
    note.setAttribute("x", at);
    plot.describe(
      `The effective rate is ${formatNumber(effective)}. Plain descent converges up to ` +
        `${formatNumber(limits[0])}, momentum up to ${formatNumber(limits[1])}.`,
    );
  };
}

function share(value) {
  return value < 1e6 ? formatNumber(value, 2) : "it diverges";
}

function count(steps) {
  if (Number.isNaN(steps)) return `more than ${LONGEST}`;
  return Number.isFinite(steps) ? String(steps) : "never";
}

/** The steps to a hundredth; not a number if they are too many, infinite if there is no end. */
function stepsShown(state, arm) {
  return stepsToGoal(state, arm) ?? (spectralRadius(state, arm) > 1 ? Infinity : NaN);
}

// ------------------------------------------------------------------------------------ the demo

/** A view whose lock lets the learning rate follow the momentum. */
class LockedView extends DemoView {
  set(changes) {
    const alone = "momentum" in changes && !("learning_rate" in changes);
    if (!alone || this.state.lock === "off") super.set(changes);
    else super.set({ ...changes, ...locked(this.state, changes.momentum, this.limits.learning_rate) });
  }
}

function describeState(state, all, values) {
  const { learning_rate: rate, momentum } = state;
  const [flat, steep] = regimes(state);
  const effective = formatNumber(rate / (1 - momentum));
  const [here, plain] = ["momentum", "same-rate"].map((name) => spectralRadius(state, all[name]));
  const numbers = ["momentum", "same-rate", "best-plain"].map((name) =>
    state.noise === "on" ? share(values[name]) : count(values[name]),
  );
  return [
    flat === steep ? "In both directions." : `The flat direction is ${flat}, the steep one ${steep}.`,
    `Effective rate η/(1−β)\u00a0=\u00a0${effective}.`,
    `Spectral radius ${formatNumber(here, 4)};`,
    `plain descent at the effective rate ${formatNumber(plain, 4)}.`,
    state.noise === "on" ? "Loss that is left:" : "Steps to a hundredth:",
    `${numbers[0]} with momentum, ${numbers[1]} without at the same effective rate,`,
    state.noise === "on"
      ? `${numbers[2]} without at the rate that is best where nothing is noisy.`
      : `${numbers[2]} without at its best rate.`,
  ].join(" ");
}

function render({ model, el }) {
  const label = "Demo: momentum with the effective rate locked";
  const demo = new LockedView({ model, el, name: "momentum-lock", label });
  const controls = demo.section("controls even");
  demo.slider(controls, {
    key: "momentum", label: "Momentum β", steps: 99,
    round: (value) => Number(value.toFixed(2)),
    format: (value) => formatFixed(value, 2),
    speak: (value) => `${formatFixed(value, 2)} of the last step kept`,
  });
  const rateSlider = demo.slider(controls, {
    key: "learning_rate", label: "Learning rate η", steps: 330, log: true,
    round: roundSignificant,
    format: (value) => `${formatNumber(value)}\u00a0×\u00a01/λ₁`,
    speak: (value) => `${formatNumber(value)} times 1/λ₁`,
  });
  demo.slider(controls, {
    key: "condition_number", label: "Condition number κ", steps: 200, log: true,
    round: roundSignificant,
    format: (value) => formatNumber(value),
    speak: (value) => `${formatNumber(value)}, steep curvature over flat curvature`,
  });
  const switches = demo.section("keys switches");
  demo.choice(switches, {
    key: "lock", label: "Lock the effective rate η/(1−β)",
    names: { on: "locked: β moves η", off: "free" },
  });
  demo.choice(switches, {
    key: "noise", label: "Noise on the slopes",
    names: { off: "none", on: "noise" },
  });
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const drawPaths = createPathPanel(panels);
  const drawLosses = createLossPanel(panels);
  const bars = html("div", {}, panels);
  const corner = html("div", { class: "column" }, panels);
  const drawLimits = createLimitPanel(corner);
  demo.buttons(html("div", { class: "actions" }, corner));

  let drawn = null; // the panel of bars, and whether it is that of noise
  const barsOf = (noisy) => {
    if (drawn?.noisy === noisy) return drawn.draw;
    bars.replaceChildren();
    drawn = { noisy, draw: createBarPanel(bars, noisy) };
    return drawn.draw;
  };

  return demo.run((state) => {
    const all = arms(state);
    const each = (f) => Object.fromEntries(Object.entries(all).map(([name, arm]) => [name, f(name, arm)]));
    const runs = each((_, arm) => simulate(state, arm));
    const noisy = state.noise === "on";
    const values = each((name, arm) => (noisy ? lateLoss(runs[name]) : stepsShown(state, arm)));
    const words = regimes(state);
    const word = ["diverging", "oscillating", "over-damped"].find((w) => words.includes(w));
    const limit = criticalRate(state.momentum);
    rateSlider.mark(limit, `limit 2(1+β)/λ₁: ${formatNumber(limit)}`);
    readout(
      `${word[0].toUpperCase()}${word.slice(1)}.`, SIGNS[word], TONES[word],
      describeState(state, all, values),
    );
    drawPaths(state, runs);
    drawLosses(state, runs, all);
    barsOf(noisy)(values);
    drawLimits(state);
  });
}

export default { render };
