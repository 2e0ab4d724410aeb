/**
 * A small and a large learning rate, compared at equal steps, at equal training loss, or each at
 * its best stopping point. Nothing is trained here: the runs come with the page, and this compares them as
 * lrcourse.demos.ThreeComparisons does.
 *
 * @typedef {{steps: number, loss: number, accuracy: number}} Look  One look at a run.
 */
import {
  DemoView, createPlot, dotPath, formatFixed, html, linePath, nearestIndex, place, svg, unpackGrid,
} from "./draw.js";

const REACHES = [12, 30, 75]; // points to either side, of the differences
const WAYS = { steps: "Equal steps", loss: "Equal training loss", best: "Each at its best" };
// In points: the range of the differences.
const RANGES = { none: [-75, 20], some: [-70, 30] };

/**
 * The runs of one kind of labels.
 *
 * @param {object} packed  As the widget carries them.
 * @param {string} noise
 * @returns {{rates: number[], looks: number[], budgets: number[], quantile: number,
 *   runs: Look[][][]}}  Runs by rate, then by replicate.
 */
export function readRuns({ rates, looks, budgets, quantile, held_out: heldOut, grids }, noise) {
  const [loss, accuracy] = ["train_loss", "val_accuracy"].map((name) => unpackGrid(grids[noise][name]));
  const replicates = Array.from({ length: loss.shape[1] }, (_, i) => i);
  const runs = rates.map((_, r) => replicates.map((s) => looks.map(
    // Packed, a share is off a little; that it is one of so many examples says what it was.
    (steps, k) => ({ steps, loss: loss.at(r, s, k), accuracy: Math.round(accuracy.at(r, s, k) * heldOut) / heldOut }),
  )));
  return { rates, looks, budgets, quantile, runs };
}

/**
 * Where each run of two rates is compared.
 *
 * @param {Look[][]} small  One run for each replicate.
 * @param {Look[][]} large
 * @param {number} budget  In steps.
 * @param {"steps" | "loss" | "best"} way
 * @returns {Look[][]}  Those of the small rate, those of the large one.
 */
export function compare(small, large, budget, way) {
  const within = (runs) => runs.map((run) => run.filter((look) => look.steps <= budget));
  const arms = [within(small), within(large)];
  if (way === "steps") return arms.map((runs) => runs.map((run) => run.at(-1)));
  if (way === "best") return arms.map(bestOfTheOthers);
  const lowest = arms.map((runs) => runs.map((run) => Math.min(...run.map((look) => look.loss))));
  return arms.map((runs) => runs.map((run, s) => atLoss(run, Math.max(lowest[0][s], lowest[1][s]))));
}

/** For each run the look at which the other runs are best on average: no run chooses for itself. */
function bestOfTheOthers(runs) {
  const total = runs[0].map((_, k) => runs.reduce((sum, run) => sum + run[k].accuracy, 0));
  return runs.map((run) => {
    const others = run.map((look, k) => Math.round((total[k] - look.accuracy) * 1e6));
    return run[others.indexOf(Math.max(...others))];
  });
}

/** Where a run is first down to a loss; between two looks it goes straight. */
function atLoss(run, target) {
  const after = run.findIndex((look) => look.loss <= target);
  if (after === 0) return run[0];
  const [from, to] = [run[after - 1], run[after]];
  const part = (from.loss - target) / (from.loss - to.loss);
  const between = (name) => from[name] + part * (to[name] - from[name]);
  return { steps: between("steps"), loss: between("loss"), accuracy: between("accuracy") };
}

/** The mean difference in accuracy, small minus large, with its t interval over the pairs. */
export function difference([small, large], quantile) {
  const each = small.map((look, s) => look.accuracy - large[s].accuracy);
  const estimate = mean(each);
  const variance = each.reduce((sum, value) => sum + (value - estimate) ** 2, 0) / (each.length - 1);
  const half = quantile * Math.sqrt(variance / each.length);
  return { each, estimate, low: estimate - half, high: estimate + half };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Everything that is shown of one state. */
function study({ rates, looks, budgets, quantile, runs }, { small, large, budget, way }) {
  const arms = [small, large].map((rate) => runs[rates.indexOf(rate)]);
  const points = compare(...arms, budget, way);
  const by = Object.fromEntries(
    Object.keys(WAYS).map((key) => [key, difference(compare(...arms, budget, key), quantile)]),
  );
  const along = budgets.map((steps) => difference(compare(...arms, steps, way), quantile));
  return { small, large, budget, way, budgets, arms, points, by, along };
}

// ------------------------------------------------------------------------------------ the picture

const KINDS = ["flat", "steep"]; // the small rate, the large one

/** A difference in points of accuracy: +2.5, −0.4. */
function points(value) {
  const text = formatFixed(100 * value, 1);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

function percent(value) {
  return `${formatFixed(100 * value, 1)}\u00a0%`;
}

function interval({ estimate, low, high }) {
  return `${points(estimate)} (${points(low)} to ${points(high)})`;
}

/** A mean of steps, as on the axis: in the logarithm. */
function typicalSteps(looks) {
  return Math.exp(mean(looks.map((look) => Math.log(Math.max(look.steps, 1)))));
}

/** Accuracy against steps, or against the training loss, of both rates. */
function createCurves(parent, { way, looks, budgets }) {
  const byLoss = way === "loss";
  const plot = createPlot(parent, {
    title: "Where the two are compared",
    width: 380, height: 408,
    margin: { top: 26, bottom: 42, left: 46, right: 12 },
    x: byLoss
      ? { domain: [2.75, 0], label: "training loss (falls to the right)" }
      : { domain: [budgets[0], budgets.at(-1) * 1.12], log: true, label: "steps (log scale)" },
    y: { domain: [0, 100], label: "validation accuracy (%)", grid: true },
  });
  const at = (look) => (byLoss ? look.loss : look.steps);
  const guides = KINDS.map((kind) => svg("line", { class: `guide ${kind}` }, plot.data));
  const later = KINDS.map((kind) => svg("path", { class: `line later ${kind}` }, plot.data));
  const lines = KINDS.map((kind) => svg("path", { class: `line ${kind}` }, plot.data));
  const dots = KINDS.map((kind) => svg("path", { class: `dots seeds ${kind}` }, plot.data));
  const rings = KINDS.map((kind) => svg("circle", { r: 6.5, class: `ring ${kind}` }, plot.front));
  const names = KINDS.map((kind, arm) => {
    const left = plot.box.left + 170 * arm;
    svg("path", { d: `M${left} 13h30`, class: `line ${kind}` }, plot.root);
    return svg("text", { x: left + 37, y: 17, class: `note ${kind}` }, plot.root);
  });

  return ({ small, large, budget, arms, points: compared }) => {
    arms.forEach((runs, arm) => {
      const average = looks.map((_, k) => mean(runs.map((run) => at(run[k]))));
      const accuracy = looks.map((_, k) => 100 * mean(runs.map((run) => run[k].accuracy)));
      const [start, end] = [byLoss ? 0 : looks.indexOf(budgets[0]), looks.indexOf(budget)];
      lines[arm].setAttribute("d", linePath(average, accuracy, plot, start, end));
      later[arm].setAttribute("d", linePath(average, accuracy, plot, end));
      const here = compared[arm];
      dots[arm].setAttribute("d", dotPath(here.map(at), here.map((look) => 100 * look.accuracy), plot));
      const centre = byLoss ? mean(here.map(at)) : typicalSteps(here);
      const height = 100 * mean(here.map((look) => look.accuracy));
      place(rings[arm], { cx: plot.x(centre), cy: plot.y(height) });
      place(guides[arm], { x1: plot.x(centre), x2: plot.x(centre), y1: plot.y(height), y2: plot.box.bottom });
    });
    names[0].textContent = `smaller: ${small}`;
    names[1].textContent = `larger: ${large}`;
    const ends = compared.map((here) => percent(mean(here.map((look) => look.accuracy))));
    plot.describe(
      `Validation accuracy against ${byLoss ? "training loss" : "steps"} at learning rates ${small} and ${large}, ` +
        `up to ${budget} steps. Compared ${where(way)}: ${ends[0]} and ${ends[1]}.`,
    );
  };
}

/** The difference by each of the three comparisons, with every pair, at the scale that holds them. */
function createForest(parent, { way }) {
  // All scales at once, of which one is shown: so the picture follows from the state alone.
  const host = html("div", {}, parent);
  const forests = REACHES.map((reach) => createForestAt(reach, way));
  return (found) => {
    const farthest = Math.max(...Object.values(found.by).flatMap(({ each }) => each.map(Math.abs)));
    const fits = REACHES.findIndex((reach) => 100 * farthest <= reach);
    const { figure, draw } = forests.at(fits);
    host.replaceChildren(figure);
    draw(found);
  };
}

function createForestAt(reach, way) {
  const figure = html("div");
  const plot = createPlot(figure, {
    title: "Smaller minus larger, three ways",
    width: 380, height: 226,
    margin: { top: 22, bottom: 42, left: 12, right: 12 },
    x: { domain: [-reach * 1.06, reach * 1.06], label: "difference in accuracy (points)", grid: true },
  });
  const { left, right, top, bottom } = plot.box;
  const zero = plot.x(0);
  svg("text", { class: "note steep end", x: zero - 8, y: 14 }, plot.root, "larger rate ahead");
  svg("text", { class: "note flat", x: zero + 8, y: 14 }, plot.root, "smaller rate ahead");
  const height = (bottom - top) / 3;
  const rows = Object.entries(WAYS).map(([key, name], i) => {
    const y = top + height * i;
    const group = svg("g", { class: key === way ? "row chosen" : "row" }, plot.data);
    svg("rect", { class: "row-ground", x: left, y: y + 1, width: right - left, height: height - 2 }, group);
    svg("line", { class: "zero", x1: zero, x2: zero, y1: y + 22, y2: y + height - 1 }, group);
    const line = svg("path", { class: "interval" }, group);
    const dots = svg("path", { class: "dots seeds" }, group);
    const centre = svg("path", { class: "diamond" }, group);
    svg("text", { class: "note halo", x: left + 6, y: y + 17 }, group, name);
    const value = svg("text", { class: "note halo end", x: right - 6, y: y + 17 }, group);
    return { key, name, y: y + 33, line, dots, centre, value };
  });
  const draw = ({ by }) => {
    for (const { key, y, line, dots, centre, value } of rows) {
      const { each, estimate, low, high } = by[key];
      const [from, at, to] = [low, estimate, high].map((v) => plot.x(100 * v));
      line.setAttribute("d", `M${from} ${y}H${to}M${from} ${y - 5}v10M${to} ${y - 5}v10`);
      dots.setAttribute("d", each.map((v) => `M${plot.x(100 * v)} ${y + 10}h0`).join(""));
      centre.setAttribute("d", `M${at - 6} ${y}l6 -6l6 6l-6 6z`);
      value.textContent = interval(by[key]);
    }
    const words = rows.map(({ key, name }) => `${name}: ${interval(by[key])}`);
    plot.describe(`Difference in accuracy, smaller minus larger rate, in points with 95 % interval. ${words.join("; ")}.`);
  };
  return { figure, draw };
}

/** The difference by the chosen comparison, had the budget been another. */
function createAlong(parent, { way, noise, budgets }) {
  const plot = createPlot(parent, {
    title: "The same at other budgets",
    width: 380, height: 196,
    margin: { top: 10, bottom: 42, left: 60, right: 12 },
    x: { domain: [budgets[0], budgets.at(-1) * 1.12], log: true, label: "budget: steps (log scale)" },
    y: { domain: RANGES[noise], label: "difference (points)", grid: true, count: 4 },
  });
  const band = svg("path", { class: "band" }, plot.data);
  const { left, right, top, bottom } = plot.box;
  svg("line", { class: "zero", x1: left, x2: right, y1: plot.y(0), y2: plot.y(0) }, plot.data);
  const line = svg("path", { class: "line total" }, plot.data);
  const guide = svg("line", { class: "guide", y1: top, y2: bottom }, plot.data);
  const diamond = svg("path", { class: "diamond" }, plot.front);
  return ({ along, budget }) => {
    const heights = (name) => along.map((found) => plot.y(100 * found[name]));
    const corner = (y, k) => `${plot.x(budgets[k])} ${y}`;
    const [over, under] = [heights("high").map(corner), heights("low").map(corner).reverse()];
    band.setAttribute("d", `M${[...over, ...under].join("L")}Z`);
    line.setAttribute("d", linePath(budgets, along.map((found) => 100 * found.estimate), plot));
    const now = along[budgets.indexOf(budget)];
    const [x, y] = [plot.x(budget), plot.y(100 * now.estimate)];
    place(guide, { x1: x, x2: x });
    diamond.setAttribute("d", `M${x - 6} ${y}l6 -6l6 6l-6 6z`);
    const said = [0, budgets.indexOf(budget), budgets.length - 1].map((k) => `${budgets[k]} steps, ${interval(along[k])}`);
    plot.describe(`Difference in points against the budget, compared ${where(way)}: ${said.join("; ")}.`);
  };
}

function where(way) {
  return { steps: "at equal steps", loss: "at equal training loss", best: "each at its best" }[way];
}

// ------------------------------------------------------------------------------------- the words

/** A word for the difference, its sign and its tone. */
function verdict({ low, high }) {
  if (low > 0) return ["The smaller rate is ahead.", "▲", "flat"];
  if (high < 0) return ["The larger rate is ahead.", "▼", "steep"];
  return ["Neither is ahead.", "=", "even"];
}

/** The present state in two sentences. */
function describeState({ small, large, budget: steps, way, points: compared, by }) {
  const ends = compared.map((here) => percent(mean(here.map((look) => look.accuracy))));
  const [soon, late] = compared.map((here) => Math.round(typicalSteps(here)));
  const loss = formatFixed(mean(compared[0].map((look) => look.loss)), 2);
  const fact = {
    steps: `After ${steps} steps each, the rate ${small} has ${ends[0]} and the rate ${large} has ${ends[1]}.`,
    loss:
      `Within ${steps} steps, both get down to a training loss of ${loss}: there the rate ${small} has ${ends[0]} ` +
      `(about step ${soon}) and the rate ${large} has ${ends[1]} (about step ${late}).`,
    best:
      `Within ${steps} steps, stopped where the other runs say, the rate ${small} has ${ends[0]} (about step ${soon}) ` +
      `and the rate ${large} has ${ends[1]} (about step ${late}).`,
  }[way];
  const { each, estimate, low, high } = by[way];
  return (
    `${fact} Smaller minus larger: ${points(estimate)} points, 95 % interval ${points(low)} to ${points(high)}, ` +
    `${each.length} pairs.`
  );
}

// ------------------------------------------------------------------------------------ the demo

function render({ model, el }) {
  const label = "Demo: a small and a large learning rate, compared in three ways";
  const demo = new DemoView({ model, el, name: "three-comparisons", label });
  const { small, large, looks, budgets, share } = model.get("runs");
  const controls = demo.section("controls even");
  const labels = { some: `${Math.round(100 * share)} % drawn anew`, none: "All true" };
  demo.choice(controls, { key: "comparison", label: "Point of comparison", names: WAYS });
  demo.choice(controls, { key: "label_noise", label: "Training labels", names: labels });
  const addSlider = (key, name, list, unit) => {
    const snap = (value) => list[nearestIndex(list, value)];
    const say = (value) => `${snap(value)}${unit}`;
    demo.slider(controls, {
      key, label: name, steps: list.length - 1, log: true, round: snap, format: say, speak: say,
    });
  };
  addSlider("small_rate", "Smaller learning rate η", small, "");
  addSlider("large_rate", "Larger learning rate η", large, "");
  addSlider("steps", "Budget of each run", budgets, " steps");
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const [left, right] = [0, 1].map(() => html("div", { class: "column" }, panels));
  const actions = html("div", { class: "actions" }, demo.section("foot"));
  demo.buttons(actions);
  const waiting = demo.inPage ? () => {} : createTrainButton(demo, model, actions);

  let [drawn, runs, draws] = [null, null, []];
  return demo.run(({ comparison: way, label_noise: noise, small_rate, large_rate, steps }) => {
    const packed = model.get("runs");
    if (drawn?.packed !== packed) waiting(false);
    if (drawn?.packed !== packed || drawn.way !== way || drawn.noise !== noise) {
      runs = readRuns(packed, noise);
      for (const host of [left, right]) host.replaceChildren();
      const shared = { way, noise, looks, budgets };
      draws = [createCurves(left, shared), createForest(right, shared), createAlong(right, shared)];
      drawn = { packed, way, noise };
    }
    const found = study(runs, {
      small: small[nearestIndex(small, small_rate)],
      large: large[nearestIndex(large, large_rate)],
      budget: budgets[nearestIndex(budgets, steps)],
      way,
    });
    readout(...verdict(found.by[way]), describeState(found));
    for (const draw of draws) draw(found);
  });
}

/** With a kernel: train everything again, on other seeds. */
function createTrainButton(demo, model, parent) {
  const name = "Train again on other seeds";
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
