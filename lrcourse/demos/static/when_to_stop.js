/**
 * Early stopping of runs that overfit, at many learning rates. Nothing is trained here: the runs come
 * with the page; the rule is applied to them as lrcourse.monitoring.EarlyStopping does.
 */
import {
  DemoView, clamp, createPlot, dotPath, formatNumber, html, linePath, nearestIndex, place, svg,
  unpackGrid,
} from "./draw.js";

const METRICS = {
  val_loss: { name: "validation loss", short: "Validation loss", domain: [2, 3], rising: false },
  val_accuracy: { name: "validation accuracy", short: "Validation accuracy", domain: [0.05, 0.3], rising: true },
};
const AXES = {
  steps: { short: "Steps", label: "steps (log scale)", log: true },
  train_loss: { short: "Training loss", label: "training loss (falls to the right)", domain: [2.7, 0.4] },
  distance: { short: "Rate × steps", label: "rate η × steps (log scale)", log: true },
};
const SHOWN = 0; // the run whose curves are drawn

/**
 * The runs: of each metric, a curve for each rate and run.
 *
 * @param {{rates: number[], every: number[], grids: object}} packed  As the widget carries them.
 */
export function readRuns({ rates, every, grids }) {
  const curves = Object.fromEntries(
    Object.entries(grids).map(([metric, packedGrid]) => {
      const grid = unpackGrid(packedGrid);
      const [, runs, checks] = grid.shape;
      const curve = (r, run) => Array.from({ length: checks }, (_, check) => grid.at(r, run, check));
      return [metric, rates.map((_, r) => Array.from({ length: runs }, (_, run) => curve(r, run)))];
    }),
  );
  return { rates, every, curves };
}

/**
 * Early stopping on one curve.
 *
 * @param {number[]} curve  One value for each check.
 * @param {number} patience  Checks in a row without improvement after which to stop.
 * @param {boolean} rising  Whether large values are good.
 * @returns {{stopped: number | null, kept: number, best: number}}  Checks: where it stops, or null;
 *   whose weights it keeps; and which one of the whole curve is best.
 */
export function stopOn(curve, patience, rising) {
  const sign = rising ? -1 : 1;
  const isBetter = (value, than) => than === null || sign * value < sign * than;
  let [least, kept, waited, stopped] = [null, 0, 0, null];
  let [lowest, best] = [null, 0];
  curve.forEach((value, check) => {
    // A value that is not a number never counts as an improvement.
    const known = !Number.isNaN(value);
    if (known && isBetter(value, lowest)) [lowest, best] = [value, check];
    if (stopped !== null) return;
    if (known && isBetter(value, least)) [least, kept, waited] = [value, check, 0];
    else waited += 1;
    if (waited >= patience) stopped = check;
  });
  return { stopped, kept, best };
}

/** What the rule does at every rate, in every run. */
function applyRule({ curves }, watch, patience) {
  return curves[watch].map((runs) => runs.map((curve) => stopOn(curve, patience, METRICS[watch].rising)));
}

// ------------------------------------------------------------------------------------ the picture

const TONES = {
  "Stopped, and kept the best": ["✓", "good"],
  "Stopped too soon": ["↓", "warn"],
  "Never stopped": ["…", "warn"],
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A count with a thin space between its thousands. */
function sayCount(count) {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A difference for people: 0.009, 0.12. */
function sayCost(difference) {
  return difference < 0.001 ? "less than 0.001" : String(Number(difference.toPrecision(2)));
}

function verdict({ stopped, kept, best }) {
  if (stopped === null) return "Never stopped";
  return kept === best ? "Stopped, and kept the best" : "Stopped too soon";
}

/** Where the checks of a run stand on the axis. */
function placesOf({ curves, every }, axis, rate) {
  if (axis === "train_loss") return curves.train_loss[rate][SHOWN];
  return curves.train_loss[rate][SHOWN].map((_, check) => check * (axis === "steps" ? every[rate] : 1));
}

/** From the first check of the fastest rate to the last check of the slowest. */
function domainOf({ curves, every }, axis) {
  const last = curves.train_loss[0][SHOWN].length - 1;
  if (axis === "train_loss") return AXES.train_loss.domain;
  return axis === "steps" ? [Math.min(...every), last * Math.max(...every)] : [1, last];
}

/** One metric of the shown run at every rate, against the chosen axis. */
function createCurvesPanel(parent, { metric, axis, height, legend }, runs) {
  const { name, domain, short } = METRICS[metric];
  const plot = createPlot(parent, {
    title: `${short}, at ${runs.rates.length} rates`,
    width: 380, height,
    margin: { top: legend ? 46 : 10, bottom: 42, left: 56, right: 12 },
    x: { ...AXES[axis], domain: domainOf(runs, axis), count: 5 },
    y: { domain, label: name, grid: true, count: legend ? 5 : 4 },
  });
  if (legend) drawLegend(plot.root);
  const places = runs.rates.map((_, r) => placesOf(runs, axis, r));
  // On a logarithmic axis there is no place for the check before the first step.
  const first = AXES[axis].log ? 1 : 0;
  const others = runs.rates.map((_, r) => svg("path", {
    class: "line other", d: linePath(places[r], runs.curves[metric][r][SHOWN], plot, first),
  }, plot.data));
  const beyond = svg("path", { class: "line unseen" }, plot.data);
  const line = svg("path", { class: "line chosen" }, plot.data);
  const end = svg("line", { class: "guide mine", y1: plot.box.top, y2: plot.box.bottom }, plot.data);
  const label = svg("text", { class: "note strong halo mine middle", y: plot.box.bottom - 8 }, plot.front);
  const best = svg("circle", { r: 9, class: "ring best hollow" }, plot.front);
  const kept = svg("circle", { r: 4.5, class: "ring mine full" }, plot.front);

  return (rate, stop, watch) => {
    const curve = runs.curves[metric][rate][SHOWN];
    const last = stop.stopped ?? curve.length - 1;
    others.forEach((path, r) => path.toggleAttribute("hidden", r === rate));
    place(line, { d: linePath(places[rate], curve, plot, first, last) });
    place(beyond, { d: linePath(places[rate], curve, plot, last) });
    const at = (check) => ({
      cx: clamp(plot.x(places[rate][check]), plot.box.left, plot.box.right),
      cy: clamp(plot.y(curve[check]), plot.box.top, plot.box.bottom),
    });
    place(best, at(stop.best));
    place(kept, at(stop.kept));
    const x = at(last).cx;
    place(end, { x1: x, x2: x });
    end.toggleAttribute("hidden", stop.stopped === null);
    label.textContent = stop.stopped === null ? "never stops" : "stops";
    place(label, { x: clamp(x, plot.box.left + 26, plot.box.right - (stop.stopped === null ? 42 : 24)) });
    const value = (check) => formatNumber(curve[check]);
    const seen = metric === watch ? "which the rule watches" : "which the rule does not watch";
    plot.describe(
      `${name}, ${seen}, against ${AXES[axis].label}, at ${runs.rates.length} rates. ` +
        `At rate ${runs.rates[rate]}: ${value(stop.kept)} at step ${stop.kept * runs.every[rate]}, which is kept; ` +
        `${value(stop.best)} at step ${stop.best * runs.every[rate]}, where the ${METRICS[watch].name} is best; ` +
        `${value(curve.length - 1)} at the end.`,
    );
  };
}

/** What the marks mean, over the frame. */
function drawLegend(root) {
  const entry = (x, y, text) => svg("text", { x: x + 20, y: y + 4, class: "note" }, root, text);
  svg("path", { d: "M56 12h14", class: "line chosen" }, root);
  entry(56, 12, "your rate");
  svg("path", { d: "M160 12h14", class: "line other" }, root);
  entry(160, 12, "the other rates");
  svg("circle", { cx: 63, cy: 32, r: 4.5, class: "ring mine full" }, root);
  entry(56, 32, "kept");
  svg("circle", { cx: 167, cy: 32, r: 7, class: "ring best hollow" }, root);
  entry(160, 32, "best, in hindsight");
}

/** After how many steps the rule has what it keeps, at every rate. */
function createPacePanel(parent, runs) {
  const { rates, every, curves } = runs;
  const checks = curves.train_loss[0][0].length - 1;
  const plot = createPlot(parent, {
    title: "The same rule at every rate",
    width: 380, height: 210,
    margin: { top: 10, bottom: 42, left: 56, right: 12 },
    x: { domain: [rates[0] / 1.3, rates.at(-1) * 1.3], log: true, label: "learning rate η (log scale)" },
    y: { domain: [1, checks * every[0]], log: true, label: "steps kept (log)", grid: true },
  });
  const line = svg("path", { class: "line total" }, plot.data);
  const dots = svg("path", { class: "dots seeds" }, plot.data);
  const mine = svg("line", { class: "guide mine", y1: plot.box.top, y2: plot.box.bottom }, plot.data);
  const note = svg("text", { class: "note halo end", x: plot.box.right - 8, y: plot.box.top + 18 }, plot.front);
  return (rate, stops) => {
    const steps = stops.map((runs, r) => runs.map(({ kept }) => kept * every[r]));
    const middle = steps.map(mean);
    place(line, { d: linePath(rates, middle.map((value) => Math.max(value, 1)), plot) });
    const each = steps.flatMap((row, r) => row.map((value) => [rates[r], Math.max(value, 1)]));
    place(dots, { d: dotPath(each.map((e) => e[0]), each.map((e) => e[1]), plot) });
    const x = plot.x(rates[rate]);
    place(mine, { x1: x, x2: x });
    note.textContent = "dots: single runs, line: mean";
    plot.describe(
      `Steps of the weights that the rule keeps, against the learning rate, on logarithmic axes: ` +
        rates.map((value, r) => `${Math.round(middle[r])} at rate ${value}`).join("; ") + ".",
    );
  };
}

/** The present state in a few sentences. */
function describeState(runs, watch, rate, stops) {
  const { rates, every, curves } = runs;
  const { stopped, kept, best } = stops[rate][SHOWN];
  const step = (check) => sayCount(check * every[rate]);
  const value = (metric, check) => formatNumber(curves[metric][rate][SHOWN][check]);
  const name = METRICS[watch].name;
  const sentences = [
    (stopped === null
      ? `At rate ${rates[rate]} the run ends before the rule says stop; it keeps step ${step(kept)}`
      : `At rate ${rates[rate]} the rule stops after ${step(stopped)} steps and keeps step ${step(kept)}`) +
      `: ${name} ${value(watch, kept)}.`,
  ];
  sentences.push(
    kept === best
      ? `Nothing better came in the whole run.`
      : `The best of the whole run was ${value(watch, best)}, at step ${step(best)}: the rule gives ` +
        `${sayCost(Math.abs(curves[watch][rate][SHOWN][best] - curves[watch][rate][SHOWN][kept]))} away.`,
  );
  const other = watch === "val_loss" ? "val_accuracy" : "val_loss";
  sentences.push(
    `The ${METRICS[other].name} is ${value(other, kept)} there, ` +
      `${value(other, curves[other][rate][SHOWN].length - 1)} at the end.`,
  );
  const means = rates.map((_, r) => {
    const held = stops[r].map((stop, run) => curves[watch][r][run][stop.kept]);
    const steps = mean(stops[r].map((stop) => stop.kept * every[r]));
    return `${formatNumber(mean(held))} at step ${sayCount(steps)} with rate ${rates[r]}`;
  });
  const told = [0, nearestIndex(rates, 0.1), rates.length - 1].map((r) => means[r]);
  sentences.push(`The same rule keeps, on average over ${stops[0].length} runs: ${told.join("; ")}.`);
  return sentences.join(" ");
}

// ------------------------------------------------------------------------------------ the demo

function render({ model, el }) {
  const label = "Demo: where early stopping stops, at many learning rates";
  const demo = new DemoView({ model, el, name: "when-to-stop", label });
  const { rates } = model.get("runs");
  const controls = demo.section("controls even");
  const snap = (value) => rates[nearestIndex(rates, value)];
  const patient = (value) => `${Math.round(value)} ${Math.round(value) === 1 ? "check" : "checks"}`;
  const shorts = (table) => Object.fromEntries(Object.entries(table).map(([key, { short }]) => [key, short]));
  demo.slider(controls, {
    key: "learning_rate", label: "Learning rate η", steps: rates.length - 1, log: true,
    round: snap, format: (value) => String(snap(value)), speak: (value) => String(snap(value)),
  });
  const [low, high] = demo.limits.patience;
  demo.slider(controls, {
    key: "patience", label: "Patience", steps: high - low,
    round: Math.round, format: patient, speak: patient,
  });
  demo.choice(controls, { key: "axis", label: "Curves against", names: shorts(AXES) });
  demo.choice(controls, { key: "watch", label: "The rule watches", names: shorts(METRICS) });
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const [left, right] = [0, 1].map(() => html("div", { class: "column" }, panels));
  const [top, bottom] = [0, 1].map(() => html("div", {}, right));
  const main = html("div", {}, left);
  const actions = html("div", { class: "actions" }, left);
  demo.buttons(actions);
  const waiting = demo.inPage ? () => {} : createTrainButton(demo, model, actions);

  let [drawn, runs, draws, drawPace] = [null, null, [], null];
  return demo.run(({ learning_rate: value, patience, axis, watch }) => {
    const packed = model.get("runs");
    if (drawn?.packed !== packed) {
      runs = readRuns(packed);
      bottom.replaceChildren();
      drawPace = createPacePanel(bottom, runs);
      waiting(false);
    }
    if (drawn?.packed !== packed || drawn?.axis !== axis) {
      for (const host of [main, top]) host.replaceChildren();
      draws = [
        createCurvesPanel(main, { metric: "val_loss", axis, height: 410, legend: true }, runs),
        createCurvesPanel(top, { metric: "val_accuracy", axis, height: 214, legend: false }, runs),
      ];
      drawn = { packed, axis };
    }
    const rate = nearestIndex(rates, value);
    const stops = applyRule(runs, watch, Math.round(patience));
    const word = verdict(stops[rate][SHOWN]);
    readout(`${word}.`, ...TONES[word], describeState(runs, watch, rate, stops));
    for (const draw of draws) draw(rate, stops[rate][SHOWN], watch);
    drawPace(rate, stops);
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
