/**
 * Results of a sweep over learning rates, after each of many budgets of steps. Nothing is trained
 * here: the runs come with the page, and this reads them as lrcourse.demos.BudgetCurve does.
 */
import {
  DemoView, clamp, createPlot, dotPath, formatNumber, html, linePath, nearestIndex, place, svg,
  unpackGrid,
} from "./draw.js";

const METRICS = {
  val_loss: { name: "validation loss", short: "Validation loss", domain: [1, 3], rising: false },
  val_accuracy: { name: "validation accuracy", short: "Validation accuracy", domain: [0, 0.7], rising: true },
  train_loss: { name: "training loss", short: "Training loss", domain: [0, 3], rising: false },
  train_accuracy: { name: "training accuracy", short: "Training accuracy", domain: [0, 1], rising: true },
};

/**
 * What was found by one metric.
 *
 * @param {{rates: number[], budgets: number[], grids: object}} runs  As the widget carries them.
 * @param {string} metric
 */
export function readRuns({ rates, budgets, grids }, metric) {
  const grid = unpackGrid(grids[metric]);
  const seeds = Array.from({ length: grid.shape[1] }, (_, seed) => seed);
  const sign = METRICS[metric].rising ? -1 : 1;
  const results = rates.map((_, r) => budgets.map((_, b) => seeds.map((seed) => grid.at(r, seed, b))));
  const means = results.map((row) => row.map((s) => s.reduce((sum, value) => sum + value, 0) / s.length));
  const best = budgets.map((_, b) => bestOf(means.map((row) => sign * row[b])));
  const envelope = budgets.map((_, b) => means[best[b]][b]);
  return { rates, budgets, results, means, best, envelope, sign };
}

/** The index of the lowest value, of those that are numbers. */
function bestOf(values) {
  const lowest = Math.min(...values.filter((value) => !Number.isNaN(value)));
  return values.indexOf(lowest);
}

/** Whether the best rate does better than this one on every seed. */
export function isBeaten({ results, best, sign }, rate, budget) {
  const winner = results[best[budget]][budget];
  return results[rate][budget].every((value, seed) => !(sign * value <= sign * winner[seed]));
}

/** After how many steps the best rates first were where this rate is when the budget is spent. */
export function stepsOfTheBest({ budgets, means, envelope, sign }, rate, budget) {
  const target = sign * means[rate][budget];
  const after = envelope.findIndex((value) => sign * value <= target);
  if (after <= 0) return after === 0 ? budgets[0] : NaN;
  const [from, to] = [sign * envelope[after - 1], sign * envelope[after]];
  const [low, high] = [Math.log(budgets[after - 1]), Math.log(budgets[after])];
  return Math.exp(low + ((from - target) / (from - to)) * (high - low));
}

// ------------------------------------------------------------------------------------ the picture

const TONES = { "As good as the best": ["✓", "good"], "Too small": ["↓", "warn"], "Too large": ["↑", "warn"], Diverged: ["✗", "bad"] };
const GHOSTS = 5; // every how many budgets is drawn faintly behind the present one

/** A rate for people, as it was rounded: 0.4, 0.013. */
function sayRate(rate) {
  return String(rate);
}

/** How many times, for people: 1.2, 7, 40. */
function sayTimes(ratio) {
  return ratio < 10 ? String(Number(ratio.toPrecision(2))) : String(Math.round(ratio));
}

/** Whether a run at this rate has diverged by this budget. */
function hasDiverged({ means }, rate, budget) {
  return Number.isNaN(means[rate][budget]);
}

function verdict(runs, rate, budget) {
  if (hasDiverged(runs, rate, budget)) return "Diverged";
  if (!isBeaten(runs, rate, budget)) return "As good as the best";
  return rate < runs.best[budget] ? "Too small" : "Too large";
}

/** A vertical line at a rate, with a ring at its value and a name. */
function createGuide(plot, kind) {
  const line = svg("line", { class: `guide ${kind}` }, plot.data);
  const ring = svg("circle", { r: 6, class: `ring ${kind}` }, plot.front);
  const label = svg("text", { class: `note strong halo ${kind}` }, plot.front);
  return (rate, value, text, y) => {
    const { left, right, top, bottom } = plot.box;
    const x = plot.x(rate);
    place(line, { x1: x, x2: x, y1: top, y2: bottom });
    const at = plot.y(value);
    const shown = at >= top && at <= bottom;
    ring.toggleAttribute("hidden", !shown);
    if (shown) place(ring, { cx: x, cy: at });
    label.textContent = text;
    const half = 4.1 * text.length;
    label.classList.add("middle");
    place(label, { x: clamp(x, left + half + 2, right - half - 2), y });
  };
}

/** The metric against the learning rate, when the budget is spent. */
function createCurvePanel(parent, metric, runs) {
  const { name, domain } = METRICS[metric];
  const plot = createPlot(parent, {
    title: "Every rate, when the budget is spent",
    width: 380, height: 392,
    margin: { top: 26, bottom: 42, left: 52, right: 12 },
    x: { domain: [runs.rates[0], runs.rates.at(-1)], log: true, label: "learning rate η (log scale)" },
    y: { domain, label: name, grid: true },
  });
  const lost = svg("rect", { class: "grows", y: plot.box.top, height: plot.box.bottom - plot.box.top }, plot.data);
  runs.budgets.forEach((_, b) => {
    if (b % GHOSTS) return;
    const past = runs.means.map((row) => row[b]);
    svg("path", { class: "line total ghost", d: linePath(runs.rates, past, plot) }, plot.data);
  });
  const line = svg("path", { class: "line total" }, plot.data);
  const seeds = svg("path", { class: "dots seeds" }, plot.data);
  const crosses = svg("path", { class: "crosses" }, plot.data);
  const lostNote = svg("text", { class: "note halo end bad", x: plot.box.right - 4, y: plot.box.top + 34 }, plot.front, "diverged");
  const drawBest = createGuide(plot, "best");
  const drawMine = createGuide(plot, "mine");

  return (rate, budget) => {
    const { rates, budgets, means, results, best } = runs;
    const now = means.map((row) => row[budget]);
    line.setAttribute("d", linePath(rates, now, plot));
    const each = results.flatMap((row, r) => row[budget].map((value) => [rates[r], value]));
    seeds.setAttribute("d", dotPath(each.map((e) => e[0]), each.map((e) => e[1]), plot));
    const gone = rates.filter((_, r) => hasDiverged(runs, r, budget));
    const top = plot.box.top + 12;
    crosses.setAttribute("d", gone.map((r) => `M${plot.x(r) - 3} ${top - 3}l6 6m0 -6l-6 6`).join(""));
    const edge = gone.length ? (plot.x(gone[0]) + plot.x(rates[rates.indexOf(gone[0]) - 1])) / 2 : plot.box.right;
    place(lost, { x: edge, width: plot.box.right - edge });
    lostNote.toggleAttribute("hidden", gone.length === 0);
    drawBest(rates[best[budget]], now[best[budget]], `best: ${sayRate(rates[best[budget]])}`, 18);
    drawMine(rates[rate], now[rate], `yours: ${sayRate(rates[rate])}`, plot.box.bottom - 8);
    const stable = rates.filter((_, r) => !hasDiverged(runs, r, budget));
    plot.describe(
      `${name} against learning rate after ${budgets[budget]} steps. Best: ${formatNumber(now[best[budget]])} ` +
        `at ${sayRate(rates[best[budget]])}. Smallest rate, ${sayRate(rates[0])}: ${formatNumber(now[0])}. ` +
        `Runs have diverged above ${sayRate(stable.at(-1))}.`,
    );
  };
}

/** The best rate for each budget. */
function createTrackPanel(parent, metric, runs) {
  const { rates, budgets, best } = runs;
  const plot = createPlot(parent, {
    title: "The best rate for each budget",
    width: 380, height: 196,
    margin: { top: 10, bottom: 42, left: 60, right: 12 },
    x: { domain: [budgets[0], budgets.at(-1)], log: true, label: "budget: steps (log scale)" },
    y: { domain: [rates[0], rates.at(-1)], log: true, label: "rate η (log)", grid: true },
  });
  const bestRates = best.map((r) => rates[r]);
  // Rates that the best one does not beat on every seed.
  const equals = budgets.map((budget, b) => {
    const good = rates.filter((_, r) => !hasDiverged(runs, r, b) && !isBeaten(runs, r, b));
    return `M${plot.x(budget)} ${plot.y(good[0])}V${plot.y(good.at(-1))}`;
  });
  svg("path", { class: "equals", d: equals.join("") }, plot.data);
  svg("path", { class: "line total", d: linePath(budgets, bestRates, plot) }, plot.data);
  svg("path", { class: "dots", d: dotPath(budgets, bestRates, plot) }, plot.data);
  const when = svg("line", { class: "guide best", y1: plot.box.top, y2: plot.box.bottom }, plot.data);
  const mine = svg("line", { class: "guide mine", x1: plot.box.left, x2: plot.box.right }, plot.data);
  const ring = svg("circle", { r: 6, class: "ring best" }, plot.front);
  const name = svg("text", { class: "note strong halo mine", x: plot.box.left + 6 }, plot.front);
  return (rate, budget) => {
    const [x, y] = [plot.x(budgets[budget]), plot.y(rates[rate])];
    place(when, { x1: x, x2: x });
    place(mine, { y1: y, y2: y });
    place(ring, { cx: x, cy: plot.y(bestRates[budget]) });
    name.textContent = `yours: ${sayRate(rates[rate])}`;
    // Between the line of the best rates and the nearer end of the axis.
    place(name, { y: rates[rate] >= 0.1 ? y + 16 : y - 6 });
    plot.describe(
      `The best rate by ${METRICS[metric].name} for each budget: ${sayRate(bestRates[0])} for ${budgets[0]} steps, ` +
        `${sayRate(bestRates[budget])} for ${budgets[budget]}, ${sayRate(bestRates.at(-1))} for ${budgets.at(-1)}.`,
    );
  };
}

/** What the chosen rate has after each number of steps, beside what the best rate has. */
function createPricePanel(parent, metric, runs) {
  const { rates, budgets, means, envelope } = runs;
  const { name, domain } = METRICS[metric];
  const plot = createPlot(parent, {
    title: "The price of your rate",
    width: 380, height: 214,
    margin: { top: 26, bottom: 42, left: 60, right: 12 },
    x: { domain: [budgets[0], budgets.at(-1)], log: true, label: "steps (log scale)" },
    y: { domain, label: name, grid: true, count: 4 },
  });
  svg("path", { d: `M${plot.box.left} 13h26`, class: "line total" }, plot.root);
  svg("text", { x: plot.box.left + 32, y: 17, class: "note" }, plot.root, "best for each budget");
  svg("path", { d: `M${plot.box.left + 186} 13h26`, class: "line mine" }, plot.root);
  svg("text", { x: plot.box.left + 218, y: 17, class: "note" }, plot.root, "yours");
  svg("path", { class: "line total", d: linePath(budgets, envelope, plot) }, plot.data);
  const line = svg("path", { class: "line mine" }, plot.data);
  const gap = svg("path", { class: "gap" }, plot.data);
  const head = svg("path", { class: "arrow-head price" }, plot.front);
  const ring = svg("circle", { r: 6, class: "ring mine" }, plot.front);
  const label = svg("text", { class: "note strong halo middle" }, plot.front);
  return (rate, budget) => {
    line.setAttribute("d", linePath(budgets, means[rate], plot));
    const [value, sooner] = [means[rate][budget], stepsOfTheBest(runs, rate, budget)];
    const [from, to, y] = [plot.x(budgets[budget]), plot.x(sooner), plot.y(value)];
    const shown = y >= plot.box.top && y <= plot.box.bottom;
    ring.toggleAttribute("hidden", !shown);
    if (shown) place(ring, { cx: from, cy: y });
    const wide = shown && from - to > 14;
    place(gap, { d: wide ? `M${from - 6} ${y}H${to + 9}` : "" });
    place(head, { d: wide ? `M${to} ${y}l10 -5v10z` : "" });
    const ratio = budgets[budget] / sooner;
    label.textContent = wide ? priceWord(runs, sooner, ratio) : "";
    if (wide) {
      const half = 4.1 * label.textContent.length;
      const x = clamp((from + to) / 2, plot.box.left + half + 2, plot.box.right - half - 2);
      place(label, { x, y: y > plot.box.bottom - 20 ? y - 9 : y + 18 });
    }
    plot.describe(
      `${name} against steps, at rate ${sayRate(rates[rate])} and at the best rate for each budget. ` +
        (Number.isNaN(value)
          ? `At rate ${sayRate(rates[rate])} a run has diverged.`
          : `After ${budgets[budget]} steps it is ${formatNumber(value)}; the best rates were there after ` +
            `${Math.round(sooner)}.`),
    );
  };
}

/** "7 times sooner"; nothing is known of the time before the first budget. */
function priceWord({ budgets }, sooner, ratio) {
  return `${sooner <= budgets[0] ? "more than " : ""}${sayTimes(ratio)} times sooner`;
}

/** The present state in two or three sentences. */
function describeState(metric, runs, rate, budget) {
  const { rates, budgets, means, results, best } = runs;
  const winner = best[budget];
  const sentences = [
    `When ${budgets[budget]} steps are spent, the best rate by ${METRICS[metric].name} is ` +
      `${sayRate(rates[winner])}: ${formatNumber(means[winner][budget])}, mean of ${results[0][0].length} runs.`,
  ];
  if (hasDiverged(runs, rate, budget)) {
    const gone = results[rate][budget].filter(Number.isNaN).length;
    sentences.push(`At yours, ${sayRate(rates[rate])}, ${gone} of ${results[0][0].length} runs have diverged.`);
    return sentences.join(" ");
  }
  const value = formatNumber(means[rate][budget]);
  if (rate === winner) {
    sentences.push(`That is yours, ${sayRate(rates[rate])}.`);
    return sentences.join(" ");
  }
  const [small, large] = [rate, winner].sort((a, b) => a - b).map((r) => rates[r]);
  const size = `${sayTimes(large / small)} times ${rate < winner ? "smaller" : "larger"}`;
  sentences.push(`Yours, ${sayRate(rates[rate])}, is ${size} and has reached ${value}.`);
  if (!isBeaten(runs, rate, budget)) sentences.push("The best rate does not beat it in every run.");
  else if (budget > 0) {
    const sooner = stepsOfTheBest(runs, rate, budget);
    const ratio = budgets[budget] / sooner;
    const after = `${sooner <= budgets[0] ? "within" : "after"} ${Math.round(sooner)} steps`;
    sentences.push(`The best rates were there ${priceWord(runs, sooner, ratio)}, ${after}.`);
  }
  return sentences.join(" ");
}

// ------------------------------------------------------------------------------------ the demo

function render({ model, el }) {
  const label = "Demo: results against learning rates, as the budget of steps grows";
  const demo = new DemoView({ model, el, name: "budget-curve", label });
  const { rates, budgets } = model.get("runs");
  const controls = demo.section("controls");
  const names = Object.fromEntries(Object.entries(METRICS).map(([key, { short }]) => [key, short]));
  const snap = (list) => (value) => list[nearestIndex(list, value)];
  demo.choice(controls, { key: "metric", label: "Judged by", names });
  demo.slider(controls, {
    key: "steps", label: "Budget", steps: budgets.length - 1, log: true,
    round: snap(budgets),
    format: (value) => `${snap(budgets)(value)} steps`,
    speak: (value) => `${snap(budgets)(value)} steps`,
  });
  demo.slider(controls, {
    key: "learning_rate", label: "Your learning rate η", steps: rates.length - 1, log: true,
    round: snap(rates),
    format: (value) => sayRate(snap(rates)(value)),
    speak: (value) => sayRate(snap(rates)(value)),
  });
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const [left, right] = [0, 1].map(() => html("div", { class: "column" }, panels));
  const curve = html("div", {}, left);
  const actions = html("div", { class: "actions" }, left);
  demo.buttons(actions);
  const waiting = demo.inPage ? () => {} : createTrainButton(demo, model, actions);

  let [drawn, runs, draws] = [null, null, []];
  return demo.run(({ steps, learning_rate: value, metric }) => {
    const packed = model.get("runs");
    if (drawn?.packed !== packed || drawn?.metric !== metric) {
      runs = readRuns(packed, metric);
      for (const host of [curve, right]) host.replaceChildren();
      draws = [
        createCurvePanel(curve, metric, runs),
        createTrackPanel(right, metric, runs),
        createPricePanel(right, metric, runs),
      ];
      if (drawn?.packed !== packed) waiting(false);
      drawn = { packed, metric };
    }
    const [rate, budget] = [nearestIndex(rates, value), nearestIndex(budgets, steps)];
    const word = verdict(runs, rate, budget);
    readout(`${word}.`, ...TONES[word], describeState(metric, runs, rate, budget));
    for (const draw of draws) draw(rate, budget);
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
