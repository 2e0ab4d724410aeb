/**
 * Gradient descent of 200 balls on a landscape of one parameter with several valleys. The
 * landscapes come from lrcourse with everything that is known of them; the arithmetic of a step is
 * that of lrcourse.landscapes and lrcourse.optimizers.
 *
 * @typedef {object} Landscape
 * @property {"Fourier" | "RippledBowl" | "Needle"} kind
 * @property {number | null} period
 * @property {number[]} begins  From where to where the balls start.
 * @property {number[]} shown  From where to where it is drawn.
 * @property {number[]} minima
 * @property {number[]} hilltops
 * @property {number} deepest  Index of the deepest minimum.
 * @property {number} lowest  Its loss.
 * @property {number} sharpest  Curvature of the sharpest minimum.
 * @property {number} scatter  Deviation of the slope over the starts.
 */
import {
  DemoView, clamp, createPlot, formatFixed, formatNumber, html, linePath, normals, place,
  rectangle, roundSignificant, svg, uniqueId,
} from "./draw.js";

export const BALLS = 200;
export const STEPS = 500;
export const EVERY = 5; // odd, or a ball that jumps between two places would look as if it stood still
const NOTICEABLE = 0.02;

let noise = null;

/** The noise on the slope of each ball at each step, in deviations. */
export function noiseTable() {
  noise ??= normals(STEPS * BALLS, 0);
  return noise;
}

/** The slope of a landscape. @returns {(x: number) => number} */
export function slopeOf(land) {
  if (land.kind === "Fourier") {
    const derivative = land.amplitudes.map((a, i) => {
      const [k, phase] = [i + 1, land.phases[i]];
      return [-k * a * Math.sin(phase), k * a * Math.cos(phase)];
    });
    return horner(derivative);
  }
  if (land.kind === "RippledBowl") {
    const steepest = land.height * land.frequency;
    return (x) => land.curvature * x + steepest * Math.sin(land.frequency * x);
  }
  return (x) => {
    const across = (x - land.position) / land.width;
    return land.curvature * x + (hole(land, across) * across) / land.width;
  };
}

/** The loss of a landscape. @returns {(x: number) => number} */
export function lossOf(land) {
  if (land.kind === "Fourier") {
    return horner(land.amplitudes.map((a, i) => [a * Math.cos(land.phases[i]), a * Math.sin(land.phases[i])]));
  }
  if (land.kind === "RippledBowl") {
    return (x) => (land.curvature / 2) * x * x + land.height * (1 - Math.cos(land.frequency * x));
  }
  return (x) => (land.curvature / 2) * x * x - hole(land, (x - land.position) / land.width);
}

function hole({ depth }, across) {
  return depth * Math.exp(-0.5 * across ** 2);
}

// Cosine and sine at 64 places of the circle: a point is never far from one of them, and a few terms
// of a series do for the rest. A redraw needs 100 000 pairs, and Math.cos and Math.sin are too slow.
const ARC = (2 * Math.PI) / 64;
const COS = Float64Array.from({ length: 64 }, (_, i) => Math.cos(i * ARC));
const SIN = Float64Array.from({ length: 64 }, (_, i) => Math.sin(i * ARC));

/** The real part of Σ cₖ exp(ikx), k from 1: a polynomial in exp(ix). */
function horner(coefficients) {
  const [re, im] = [0, 1].map((part) => Float64Array.from(coefficients, (c) => c[part]));
  const last = re.length - 1;
  return (x) => {
    const turns = Math.round(x / ARC);
    const rest = x - turns * ARC;
    const square = rest * rest;
    const sine = rest * (1 - (square / 6) * (1 - (square / 20) * (1 - square / 42)));
    const cosine = 1 - (square / 2) * (1 - (square / 12) * (1 - (square / 30) * (1 - square / 56)));
    const [atCos, atSin] = [COS[turns & 63], SIN[turns & 63]];
    const c = atCos * cosine - atSin * sine;
    const s = atSin * cosine + atCos * sine;
    let [real, imaginary] = [re[last], im[last]];
    for (let k = last - 1; k >= 0; k--) {
      const turned = real * c - imaginary * s + re[k];
      imaginary = real * s + imaginary * c + im[k];
      real = turned;
    }
    return real * c - imaginary * s;
  };
}

/** The valley in which a point lies: an index into the minima. */
export function basin({ period, minima, hilltops }, x) {
  const at = period === null ? x : wrap(x, period);
  let passed = 0;
  while (passed < hilltops.length && hilltops[passed] < at) passed++;
  if (period === null) return passed;
  return (passed - (hilltops[0] < minima[0] ? 1 : 0) + minima.length) % minima.length;
}

function wrap(x, period) {
  return ((x % period) + period) % period;
}

/** The learning rate in front of the slope, at the first step. */
export function firstRate(land, { learning_rate: rate }) {
  return rate * (2 / land.sharpest);
}

/**
 * Let the balls roll.
 * @returns {Float64Array[]}  Where they are at every `every`-th step, the start included.
 */
export function simulate(land, state, every = EVERY) {
  const slope = slopeOf(land);
  const [first, scatter] = [firstRate(land, state), state.noise * land.scatter];
  const kicks = scatter === 0 ? null : noiseTable();
  const [low, high] = land.begins;
  const points = Float64Array.from({ length: BALLS }, (_, i) => low + (high - low) * ((i + 0.5) / BALLS));
  const path = [points.slice()];
  for (let step = 0; step < STEPS; step++) {
    const rate = state.schedule === "decay" ? first * (1 - step / STEPS) : first;
    const row = step * BALLS;
    for (let i = 0; i < BALLS; i++) {
      const kick = kicks === null ? 0 : scatter * kicks[row + i];
      points[i] -= rate * (slope(points[i]) + kick);
    }
    if ((step + 1) % every === 0) path.push(points.slice());
  }
  return path;
}

/** The share of balls in the deepest valley. */
export function shareInDeepest(land, points) {
  let count = 0;
  for (const x of points) if (basin(land, x) === land.deepest) count++;
  return count / points.length;
}

/** "gain", "loss" or "no gain": what the deepest valley has made of its share. */
export function result(before, after) {
  if (Math.abs(after - before) < NOTICEABLE) return "no gain";
  return after > before ? "gain" : "loss";
}

// ------------------------------------------------------------------------------------ the picture

const SIGNS = { "no gain": "=", gain: "↗", loss: "↘" };
const TONES = { "no gain": "warn", gain: "good", loss: "bad" };
const FOLLOWED = Array.from({ length: BALLS }, (_, i) => i).filter((i) => i % 12 === 6);
const STEPS_SHOWN = Array.from({ length: STEPS / EVERY + 1 }, (_, i) => i * EVERY);
const HEAP = 7; // pixels: balls within this width are drawn as one, with their area added up

/** Where a point is drawn: in the period, or at the edge. */
function shownAt({ period, shown }, x) {
  return period === null ? clamp(x, ...shown) : wrap(x, period);
}

/** The ground of the deepest valley, and thin lines where valleys meet. */
function drawValleys(plot, land) {
  const edges = [land.shown[0], ...land.hilltops, land.shown[1]];
  for (let i = 1; i < edges.length; i++) {
    const [left, right] = [plot.x(edges[i - 1]), plot.x(edges[i])];
    if (basin(land, (edges[i - 1] + edges[i]) / 2) !== land.deepest) continue;
    svg("rect", { ...rectangle({ ...plot.box, left, right }), class: "valley" }, plot.data);
  }
  const { top, bottom } = plot.box;
  const lines = land.hilltops.map((x) => `M${plot.x(x).toFixed(2)} ${top}V${bottom}`);
  svg("path", { d: lines.join(""), class: "divide" }, plot.data);
}

/** The landscape with the balls where they end. */
function createCurvePanel(parent, land) {
  const loss = lossOf(land);
  const [low, high] = land.shown;
  const xs = Array.from({ length: 401 }, (_, i) => low + ((high - low) * i) / 400);
  const ys = xs.map(loss);
  const highest = Math.max(...ys);
  const pad = 0.08 * (highest - land.lowest);
  const plot = createPlot(parent, {
    title: "Where the balls end",
    width: 380, height: 262,
    margin: { top: 26, bottom: 42, left: 58, right: 14 },
    x: { domain: land.shown, label: "parameter w" },
    y: { domain: [land.lowest - 2 * pad, highest + pad], label: "loss", count: 6 },
  });
  drawValleys(plot, land);
  svg("path", { d: linePath(xs, ys, plot), class: "line total" }, plot.data);
  const balls = ["elsewhere", "deepest"].map((kind) => svg("path", { class: `balls ${kind}` }, plot.data));
  const middle = clamp(plot.x(land.minima[land.deepest]), plot.box.left + 44, plot.box.right - 44);
  svg("text", { x: middle, y: 17, class: "note strong flat middle" }, plot.root, "deepest valley");

  return (points, share) => {
    const places = [[], []];
    for (const x of points) {
      places[basin(land, x) === land.deepest ? 1 : 0].push(plot.x(shownAt(land, x)));
    }
    balls.forEach((path, i) => path.setAttribute("d", heapPath(places[i], plot, loss)));
    plot.describe(
      `The loss over the parameter w, with ${land.minima.length} valleys, and the balls at the last ` +
        `step: ${Math.round(share * BALLS)} of ${BALLS} are in the deepest valley.`,
    );
  };
}

/** A circle on the curve for each heap of balls; its area is their number. */
function heapPath(places, plot, loss) {
  places.sort((a, b) => a - b);
  let data = "";
  for (let first = 0, next = 0; first < places.length; first = next) {
    while (next < places.length && places[next] <= places[first] + HEAP) next++;
    const heap = places.slice(first, next);
    const cx = heap.reduce((sum, x) => sum + x, 0) / heap.length;
    const cy = clamp(plot.y(loss(plot.x.invert(cx))), plot.box.top, plot.box.bottom);
    const radius = 1.8 * Math.sqrt(heap.length);
    const arc = `a${radius.toFixed(2)} ${radius.toFixed(2)} 0 1 0`;
    data += `M${(cx - radius).toFixed(2)} ${cy.toFixed(2)}`;
    data += `${arc}${(2 * radius).toFixed(2)} 0${arc}${(-2 * radius).toFixed(2)} 0`;
  }
  return data;
}

/** Some of the balls, step by step, downwards. */
function createWaysPanel(parent, land) {
  const plot = createPlot(parent, {
    title: `${FOLLOWED.length} of the balls on their way`,
    width: 380, height: 232,
    margin: { top: 8, bottom: 42, left: 58, right: 14 },
    x: { domain: land.shown, label: "parameter w" },
    y: { domain: [STEPS, 0], label: "step (downwards)" },
  });
  drawValleys(plot, land);
  const dots = ["elsewhere", "deepest"].map((kind) => svg("path", { class: `ways ${kind}` }, plot.data));

  return (path) => {
    const data = ["", ""];
    const last = path.at(-1);
    for (const ball of FOLLOWED) {
      const kind = basin(land, last[ball]) === land.deepest ? 1 : 0;
      for (let i = 0; i < path.length; i++) {
        const x = plot.x(shownAt(land, path[i][ball]));
        data[kind] += `M${x.toFixed(1)} ${plot.y(i * EVERY).toFixed(1)}h0`;
      }
    }
    dots.forEach((element, i) => element.setAttribute("d", data[i]));
    const arrived = FOLLOWED.filter((ball) => basin(land, last[ball]) === land.deepest).length;
    plot.describe(
      `The ways of ${FOLLOWED.length} balls over ${STEPS} steps; ` +
        `${arrived} of them end in the deepest valley.`,
    );
  };
}

/** The share in the deepest valley against the share that started there. */
function createSharePanel(parent) {
  const plot = createPlot(parent, {
    title: "Share of balls in the deepest valley",
    width: 380, height: 262,
    margin: { top: 26, bottom: 42, left: 58, right: 14 },
    x: { domain: [0, STEPS], label: "step" },
    y: { domain: [0, 1], label: "share of balls", grid: true },
  });
  const labels = [["steep", 64], ["flat solid", 210]].map(([kind, x]) => {
    svg("path", { d: `M${x} 13h26`, class: `line ${kind}` }, plot.root);
    return svg("text", { x: x + 32, y: 17, class: `note strong ${kind}` }, plot.root);
  });
  const now = svg("path", { class: "line flat solid" }, plot.data);
  const before = svg("path", { class: "line steep" }, plot.data);

  return (shares) => {
    const [begin, end] = [shares[0], shares.at(-1)];
    before.setAttribute("d", linePath([0, STEPS], [begin, begin], plot));
    now.setAttribute("d", linePath(STEPS_SHOWN, shares, plot));
    labels[0].textContent = `started: ${percent(begin)}`;
    labels[1].textContent = `at the end: ${percent(end)}`;
    plot.describe(
      `Share of balls in the deepest valley, step by step: ${percent(begin)} at step 0, ` +
        `${percent(end)} at step ${STEPS}.`,
    );
  };
}

/** How many balls each valley has, at the start and at the end. */
function createValleyPanel(parent, land) {
  const plot = createPlot(parent, {
    title: "Share of balls in each valley",
    width: 380, height: 232,
    margin: { top: 26, bottom: 42, left: 58, right: 14 },
    x: { domain: land.shown, label: "parameter w" },
    y: { domain: [0, 1], label: "share of balls", count: 4, grid: true },
  });
  drawValleys(plot, land);
  const gaps = land.minima.slice(1).map((x, i) => plot.x(x) - plot.x(land.minima[i]));
  const width = clamp(0.42 * Math.min(...gaps), 4, 14);
  const hatch = createHatch(plot.root.querySelector("defs"));
  const bars = land.minima.map((minimum, valley) => {
    const middle = clamp(plot.x(minimum), plot.box.left + width, plot.box.right - width);
    const kind = valley === land.deepest ? "flat" : "steep";
    const begin = svg("rect", { x: middle - width, width: width - 1, class: "bar before" }, plot.data);
    const end = svg("rect", { x: middle, width: width - 1, class: `bar ${kind}` }, plot.data);
    if (kind === "steep") end.setAttribute("fill", `url(#${hatch})`);
    return { begin, end };
  });
  svg("rect", { x: 64, y: 7, width: 10, height: 11, class: "bar before" }, plot.root);
  svg("text", { x: 80, y: 17, class: "note" }, plot.root, "start");
  svg("rect", { x: 128, y: 7, width: 10, height: 11, class: "bar flat" }, plot.root);
  svg("rect", { x: 140, y: 7, width: 10, height: 11, class: "bar steep", fill: `url(#${hatch})` }, plot.root);
  svg("text", { x: 156, y: 17, class: "note" }, plot.root, "end: deepest, others");

  return (path) => {
    const shares = [path[0], path.at(-1)].map((points) => {
      const counts = land.minima.map(() => 0);
      for (const x of points) counts[basin(land, x)] += 1 / BALLS;
      return counts;
    });
    bars.forEach(({ begin, end }, valley) => {
      [begin, end].forEach((bar, i) => {
        const top = plot.y(shares[i][valley]);
        place(bar, { y: top, height: plot.box.bottom - top });
      });
    });
    const words = land.minima.map(
      (minimum, valley) =>
        `around ${formatFixed(minimum, 1)} ${percent(shares[0][valley])} and ${percent(shares[1][valley])}`,
    );
    plot.describe(`Share of balls in each valley at the start and at the end: ${words.join(", ")}.`);
  };
}

/** A hatch, so that the bars differ by more than their colour. @returns {string} Its id. */
function createHatch(parent) {
  const id = uniqueId("hatch");
  const turned = { patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  const hatch = svg("pattern", { id, width: 6, height: 6, ...turned }, parent);
  svg("rect", { width: 6, height: 6, class: "hatch-ground" }, hatch);
  svg("line", { x1: 0, x2: 0, y1: 0, y2: 6, class: "hatch-line" }, hatch);
  return id;
}

function percent(share) {
  return `${Math.round(100 * share)}\u00a0%`;
}

// ------------------------------------------------------------------------------------ the demo

function describeRun(land, state, path, shares) {
  const [start, end, before] = [path[0], path.at(-1), path.at(-2)];
  const stayed = start.filter((x, i) => basin(land, x) === basin(land, end[i])).length / BALLS;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const loss = mean(end.map(lossOf(land)));
  const moved = mean(end.map((x, i) => Math.abs(x - before[i])));
  const kept = state.schedule === "decay" ? "at first" : "throughout";
  return [
    `${percent(shares.at(-1))} of the balls end in the deepest valley; ${percent(shares[0])} started there.`,
    `${percent(stayed)} end in the valley where they started.`,
    `Mean loss at the end ${formatFixed(loss, 3)}, lowest possible ${formatFixed(land.lowest, 3)}.`,
    moved > 0.01
      ? `In the last ${EVERY} steps a ball still moved by ${formatNumber(moved, 2)}.`
      : "At the end the balls hardly move.",
    `Here η is ${formatNumber(firstRate(land, state))} ${kept},`,
    state.noise ? `and the noise ${formatFixed(state.noise, 2)} times as large as the slopes.` : "without noise.",
  ].join(" ");
}

function render({ model, el }) {
  const label = "Demo: 200 balls on a landscape with several valleys";
  const demo = new DemoView({ model, el, name: "hilly-landscape", label });
  const landscapes = model.get("_landscapes");
  const names = { "rippled-bowl": "rippled bowl", needle: "needle" };
  for (const word of Object.keys(landscapes)) names[word] ??= word.replace("random-", "");
  demo.choice(demo.section("keys"), { key: "landscape", label: "Landscape: 1 to 6 are random", names });
  const controls = demo.section("controls even");
  const rateSlider = demo.slider(controls, {
    key: "learning_rate", label: "Learning rate η", steps: 290, log: true,
    round: roundSignificant,
    format: (value) => `${formatNumber(value)}\u00a0×\u00a02/λ`,
    speak: (value) => `${formatNumber(value)} times 2/λ`,
  });
  demo.slider(controls, {
    key: "noise", label: "Noise on the slope", steps: 40,
    round: (value) => Number(value.toFixed(2)),
    format: (value) => formatFixed(value, 2),
    speak: (value) => `${formatFixed(value, 2)} times as large as the slopes`,
  });
  demo.choice(demo.section("keys"), {
    key: "schedule", label: "Learning rate over time",
    names: { constant: "constant", decay: "falls to 0" },
  });
  rateSlider.mark(1, "2/λ, sharpest valley");
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const [where, how] = [0, 1].map(() => html("div", { class: "column" }, panels));
  demo.buttons(html("div", { class: "actions" }, demo.section("foot")));

  let drawn = null; // the landscape of the panels, and how to draw on them
  const panelsOf = (name) => {
    if (drawn?.name === name) return drawn;
    where.replaceChildren();
    how.replaceChildren();
    const land = landscapes[name];
    drawn = {
      name,
      curve: createCurvePanel(where, land),
      ways: createWaysPanel(where, land),
      share: createSharePanel(how),
      valleys: createValleyPanel(how, land),
    };
    return drawn;
  };

  return demo.run((state) => {
    const land = landscapes[state.landscape];
    const path = simulate(land, state);
    const shares = path.map((points) => shareInDeepest(land, points));
    const word = result(shares[0], shares.at(-1));
    readout(`${word[0].toUpperCase()}${word.slice(1)}.`, SIGNS[word], TONES[word], describeRun(land, state, path, shares));
    const draw = panelsOf(state.landscape);
    draw.curve(path.at(-1), shares.at(-1));
    draw.ways(path);
    draw.share(shares);
    draw.valleys(path);
  });
}

export default { render };
