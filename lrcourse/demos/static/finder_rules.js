/**
 * Rules that read a learning rate off a range test, and what a training at that rate is worth.
 * Nothing is trained here: range tests and sweeps come with the page. Smoothing and rules are
 * computed, as lrcourse.finder does.
 */
import {
  DemoView, clamp, createPlot, dotPath, formatNumber, html, linePath, nearestIndex, place,
  rectangle, roundSignificant, svg, unpackGrid,
} from "./draw.js";

const RULES = {
  steepest: { name: "steepest slope", short: "Steepest slope", lagging: true, divisor: 1 },
  valley: { name: "valley", short: "Valley", lagging: true, divisor: 1 },
  slide: { name: "slide", short: "Slide", lagging: true, divisor: 1 },
  minimum_over_ten: { name: "minimum over ten", short: "Minimum ÷ 10", lagging: true, divisor: 10 },
  before_the_rise: { name: "just before the rise", short: "Just before the rise", divisor: 1 },
  blow_up_over_ten: { name: "blow-up over ten", short: "Blow-up ÷ 10", divisor: 10 },
  minimum_over_three: { name: "minimum over three", short: "Minimum ÷ 3", divisor: 3 },
};
const NAMES = Object.keys(RULES);
const TASKS = {
  digits: { short: "Digits, SGD", loss: [0, 3], ramp: [0, 4] },
  "digits-adam": { short: "Digits, Adam", loss: [0, 3], ramp: [0, 4] },
  spirals: { short: "Spirals, SGD", loss: [0.6, 1.4], ramp: [0.8, 1.6] },
};
const MOMENTUM = 0.98; // of the lagging average, as published
const DECADES = 0.2; // width of the window on both sides
const [SHORTEST, CHANCE] = [5, 7];
const [SLIDE_WIDTH, SLIDE_THRESHOLD] = [15, 0.005];
const AS_GOOD = 1.1;

// ---------------------------------------------------------------------------------- smoothing

/** The exponential moving average, corrected for its start. */
export function ema(values, momentum) {
  let [average, weight] = [0, 0];
  return values.map((value) => {
    average = momentum * average + (1 - momentum) * value;
    weight = momentum * weight + (1 - momentum);
    return average / weight;
  });
}

/** The weights of a Gaussian window over the logarithm of the rate, by the distance in steps. */
function windowOf(rates, decades) {
  const spacing = Math.log10(rates.at(-1) / rates[0]) / (rates.length - 1);
  return rates.map((_, steps) => Math.exp(-0.5 * ((steps * spacing) / decades) ** 2));
}

/** The losses averaged over neighbouring rates on both sides; the rates are a geometric ramp. */
export function smoothLogRate(rates, losses, decades) {
  const kernel = windowOf(rates, decades);
  return losses.map((_, i) => {
    let [sum, total] = [0, 0];
    for (let j = 0; j < losses.length; j++) {
      const weight = kernel[Math.abs(i - j)];
      sum += weight * losses[j];
      total += weight;
    }
    return sum / total;
  });
}

// -------------------------------------------------------------------------------- the readings

const indexOfMin = (values) => values.indexOf(Math.min(...values));
const indexOfMax = (values) => values.indexOf(Math.max(...values));

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

/** Whether the curve falls by more than its own noise would make it fall somewhere. */
function falls(rates, raw) {
  const smoothed = smoothLogRate(rates, raw, DECADES);
  const low = indexOfMin(smoothed);
  const fall = Math.max(...smoothed.slice(0, low + 1)) - smoothed[low];
  const bends = raw.slice(2).map((value, i) => value - 2 * raw[i + 1] + raw[i]);
  const middle = median(bends);
  const noise = (1.4826 * median(bends.map((b) => Math.abs(b - middle)))) / Math.sqrt(6);
  const kernel = windowOf(rates, DECADES);
  const weights = raw.map((_, j) => kernel[Math.abs(low - j)]);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const error = noise * Math.sqrt(weights.reduce((sum, w) => sum + (w / total) ** 2, 0));
  return fall > Math.max(CHANCE * error, 1e-9 * Math.max(...raw.map(Math.abs)));
}

/**
 * A range test, made ready to be read.
 *
 * @param {{rates: number[], losses: number[], asked: number, stopped: boolean}} test  `asked`: how
 *   many steps the ramp has.
 */
export function prepareTest({ rates, losses, asked, stopped }) {
  const bad = losses.findIndex((value) => !Number.isFinite(value));
  const n = bad < 0 ? losses.length : bad;
  const fine = { rates: rates.slice(0, n), losses: losses.slice(0, n) };
  const legible = n >= SHORTEST && falls(fine.rates, fine.losses);
  return { rates, losses, asked, fine, n, legible, open: n === losses.length && !stopped };
}

/** The smoothed curve that rules read, or null. With a smoothing of 1, as published. */
export function readingOf({ rates, losses, asked, fine, n, legible, open }, lagging, smoothing) {
  if (!legible) return null;
  const shared = { lowest: rates[0], open };
  if (!lagging) {
    return { ...shared, rates: fine.rates, losses: smoothLogRate(fine.rates, fine.losses, DECADES * smoothing) };
  }
  const part = [Math.floor(asked / 10), Math.min(n, losses.length - 5)];
  if (part[1] - part[0] < SHORTEST) return null;
  const curve = ema(fine.losses, 1 - (1 - MOMENTUM) / smoothing);
  return { ...shared, rates: rates.slice(...part), losses: curve.slice(...part) };
}

/** For each point, the length of the longest falling subsequence that ends there. */
function descents(losses) {
  const lengths = new Array(losses.length).fill(1);
  for (let i = 1; i < losses.length; i++) {
    for (let j = 0; j < i; j++) {
      if (losses[j] > losses[i] && lengths[j] >= lengths[i]) lengths[i] = lengths[j] + 1;
    }
  }
  return lengths;
}

const PLACES = {
  steepest({ rates, losses }) {
    const slopes = losses.slice(1).map((v, i) => (v - losses[i]) / (Math.log(rates[i + 1]) - Math.log(rates[i])));
    const index = indexOfMin(slopes);
    return slopes[index] < 0 ? index : null;
  },
  valley({ losses }) {
    const lengths = descents(losses);
    const end = indexOfMax(lengths);
    const third = lengths[end] / 3;
    const place = end - lengths[end] + Math.floor(third) + Math.floor(third / 2);
    return lengths[end] > 1 ? Math.max(0, place) : null;
  },
  slide({ losses }) {
    const last = losses.length - 1;
    if (losses.length <= SLIDE_WIDTH) return null;
    const slopes = losses.map((_, i) => {
      if (i === 0) return losses[1] - losses[0];
      return i === last ? losses[last] - losses[last - 1] : (losses[i + 1] - losses[i - 1]) / 2;
    });
    const count = losses.length - SLIDE_WIDTH;
    for (let k = count - 1; k >= 0; k--) {
      if (Math.abs(slopes[k + SLIDE_WIDTH] - slopes[k]) <= SLIDE_THRESHOLD) return Math.min(k + 1, count - 1);
    }
    return 0;
  },
  minimum_over_ten: ({ losses }) => indexOfMin(losses),
  before_the_rise: ({ losses }) => indexOfMin(losses),
  blow_up_over_ten: ({ losses, open }) => (open ? null : losses.length - 1),
  minimum_over_three: ({ losses }) => indexOfMin(losses),
};

/** What a rule reads: {rate, readAt, loss, atEdge}, or null. */
export function suggest(reading, rule) {
  const index = reading && PLACES[rule](reading);
  if (index === null) return null;
  const { rates, losses, lowest, open } = reading;
  const rate = rates[index] / RULES[rule].divisor;
  const atEdge = index === 0 || (index === rates.length - 1 && open) || rate < lowest;
  return { rate, readAt: rates[index], loss: losses[index], atEdge };
}

/** What every rule reads off a test, by its name. */
export function suggestAll(test, smoothing) {
  const [window, lagging] = [false, true].map((kind) => readingOf(test, kind, smoothing));
  return Object.fromEntries(NAMES.map((rule) => [rule, suggest(RULES[rule].lagging ? lagging : window, rule)]));
}

// -------------------------------------------------------------------------------- what is known

/**
 * What was trained on one task.
 *
 * @param {{rates: number[], lengths: number[], tasks: object}} runs  As the widget carries them.
 * @param {string} task
 */
export function readTask({ rates, lengths, tasks }, task) {
  const { losses, race, tests } = tasks[task];
  const grid = unpackGrid(losses);
  const seeds = Array.from({ length: grid.shape[1] }, (_, seed) => seed);
  const results = rates.map((_, r) => seeds.map((seed) => grid.at(r, seed)));
  const means = results.map((row) => row.reduce((sum, value) => sum + value, 0) / row.length);
  const best = indexOfMin(means);
  const [low, rate, high] = race;
  return {
    rates, results, means, best, good: dip(rates, means, best), race: { low, rate, high },
    tests: tests.map((packed, i) => unpackTests(packed, rates, lengths[i])),
  };
}

function unpackTests({ data, ends, stopped }, [lowest, ...others], asked) {
  const ratio = Math.log(others.at(-1) / lowest);
  const ramp = Array.from({ length: asked }, (_, i) => lowest * Math.exp((ratio * i) / (asked - 1)));
  let start = 0;
  return ends.map((end, test) => {
    const losses = Array.from({ length: end }, (_, i) => data.getFloat32(4 * (start + i), true));
    start += end;
    return prepareTest({ rates: ramp.slice(0, end), losses, asked, stopped: stopped[test] });
  });
}

/** Where the dip around the least mean reaches 1.1 times it, on each side. */
function dip(rates, means, best) {
  const limit = AS_GOOD * means[best];
  return [-1, 1].map((step) => {
    let k = best;
    while (means[k + step] <= limit) k += step;
    if (means[k + step] === undefined) return rates[k];
    const part = (limit - means[k]) / (means[k + step] - means[k]);
    return rates[k] * (rates[k + step] / rates[k]) ** part;
  });
}

/** The mean loss of a training at a rate, straight over the logarithm of the rate. */
export function lossAt({ rates, means }, rate) {
  const last = rates.length - 1;
  if (rate <= rates[0]) return means[0];
  if (rate >= rates[last]) return means[last];
  const after = rates.findIndex((other) => other > rate);
  const part = Math.log(rate / rates[after - 1]) / Math.log(rates[after] / rates[after - 1]);
  return means[after - 1] + part * (means[after] - means[after - 1]);
}

/** How many times the least loss is reached at a rate. */
export function regret(known, rate) {
  return lossAt(known, rate) / known.means[known.best];
}

/** How a suggestion lies to the good interval. */
export function verdict({ good: [low, high] }, found) {
  if (!found) return "No answer";
  return found.rate < low ? "Too low" : found.rate > high ? "Too high" : "Good";
}

// ------------------------------------------------------------------------------------ the picture

const TONES = { Good: ["✓", "good"], "Too low": ["↓", "warn"], "Too high": ["↑", "warn"], "No answer": ["✗", "bad"] };
const ROW = 58; // height of a rule in the list

/** A number for people, of two digits: 0.4, 0.013, 0.00041. */
function say(value) {
  return String(roundSignificant(value, 2));
}

/** Numbers of the rules over a frame, one above the other where they would touch. */
function createFlags(plot) {
  const lines = svg("path", { class: "rule-lines" }, plot.data);
  const flags = NAMES.map((_, i) => svg("text", { class: "note middle halo" }, plot.front, String(i + 1)));
  return (found, chosen, named) => {
    const placed = NAMES.map((rule, i) => ({ i, rule, found: found[rule] })).filter((e) => e.found);
    placed.sort((a, b) => a.found.rate - b.found.rate);
    const last = [-99, -99, -99];
    for (const flag of flags) flag.setAttribute("hidden", "");
    for (const { i, rule, found: { rate } } of named ? placed : []) {
      const x = clamp(plot.x(rate), plot.box.left + 4, plot.box.right - 4);
      const free = last.findIndex((other) => x - other >= 12);
      const row = free < 0 ? indexOfMin(last) : free;
      last[row] = x;
      flags[i].toggleAttribute("hidden", false);
      flags[i].classList.toggle("mine", rule === chosen);
      flags[i].classList.toggle("strong", rule === chosen);
      place(flags[i], { x, y: plot.box.top - 5 - 13 * row });
    }
    const others = placed.filter((e) => e.rule !== chosen);
    lines.setAttribute("d", others.map((e) => `M${plot.x(e.found.rate)} ${plot.box.top}V${plot.box.bottom}`).join(""));
  };
}

/** The range test: loss against rate, raw and smoothed, and where each rule stands. */
function createRampPanel(parent, task, known) {
  const { rates } = known;
  const plot = createPlot(parent, {
    title: "What the range test sees",
    width: 380, height: 262,
    margin: { top: 46, bottom: 42, left: 52, right: 12 },
    x: { domain: [rates[0], rates.at(-1)], log: true, label: "learning rate η of the ramp (log scale)" },
    y: { domain: TASKS[task].ramp, label: "loss of a batch", grid: true, count: 4 },
  });
  const raw = svg("path", { class: "line thin" }, plot.data);
  raw.classList.add("raw");
  const other = svg("path", { class: "line total ghost" }, plot.data);
  const line = svg("path", { class: "line total" }, plot.data);
  const guide = svg("line", { class: "guide mine", y1: plot.box.top, y2: plot.box.bottom }, plot.data);
  const step = svg("path", { class: "gap" }, plot.data);
  const head = svg("path", { class: "arrow-head price" }, plot.front);
  const ring = svg("circle", { r: 6, class: "ring mine" }, plot.front);
  const drawFlags = createFlags(plot);
  return (test, smoothing, rule, found) => {
    const curve = (lagging) => {
      const reading = readingOf(test, lagging, smoothing);
      return reading ? linePath(reading.rates, reading.losses, plot) : "";
    };
    const { lagging = false } = RULES[rule];
    raw.setAttribute("d", linePath(test.fine.rates, test.fine.losses, plot));
    line.setAttribute("d", curve(lagging));
    other.setAttribute("d", curve(!lagging));
    drawFlags(found, rule, true);
    const mine = found[rule];
    for (const mark of [guide, ring, step, head]) mark.toggleAttribute("hidden", !mine);
    if (mine) {
      const y = clamp(plot.y(mine.loss), plot.box.top, plot.box.bottom);
      const [from, to] = [plot.x(mine.readAt), plot.x(mine.rate)];
      place(guide, { x1: to, x2: to });
      place(ring, { cx: from, cy: y });
      const moved = from - to > 14;
      place(step, { d: moved ? `M${from - 6} ${y}H${to + 9}` : "" });
      place(head, { d: moved ? `M${to} ${y}l10 -5v10z` : "" });
    }
    plot.describe(
      `Loss of a batch against learning rate, in a range test of ${test.asked} steps` +
        `${test.open ? "" : ` that stopped at ${say(test.rates.at(-1))}`}. ` +
        NAMES.map((name) => `${RULES[name].name}: ${found[name] ? say(found[name].rate) : "nothing"}`).join("; ") + ".",
    );
  };
}

/** The truth: what a training at each constant rate ends with. */
function createTruthPanel(parent, task, known, horizon) {
  const { rates, results, means, good, race, best } = known;
  const plot = createPlot(parent, {
    title: `What ${horizon} steps at one rate give`,
    width: 380, height: 280,
    margin: { top: 44, bottom: 42, left: 52, right: 12 },
    x: { domain: [rates[0], rates.at(-1)], log: true, label: "constant learning rate η (log scale)" },
    y: { domain: TASKS[task].loss, label: "final validation loss", grid: true, count: 4 },
  });
  const { top, bottom } = plot.box;
  const [low, high] = good.map(plot.x);
  svg("rect", { class: "good-rates", ...rectangle({ left: low, right: high, top, bottom }) }, plot.data);
  const each = results.flatMap((row, r) => row.map((value) => [rates[r], value]));
  svg("path", { class: "dots seeds", d: dotPath(each.map((e) => e[0]), each.map((e) => e[1]), plot) }, plot.data);
  svg("path", { class: "line total", d: linePath(rates, means, plot) }, plot.data);
  const [from, to] = [plot.x(race.low), plot.x(race.high)];
  svg("path", { class: "race", d: `M${from} ${bottom - 12}H${to}M${from} ${bottom - 18}v12M${to} ${bottom - 18}v12` }, plot.front);
  svg("circle", { class: "ring best", r: 4.5, cx: plot.x(race.rate), cy: bottom - 12 }, plot.front);
  svg("rect", { class: "good-rates", x: plot.box.left, y: 3, width: 22, height: 13 }, plot.root);
  svg("text", { class: "note good", x: plot.box.left + 28, y: 14 }, plot.root, "within 10 % of the best");
  svg("path", { class: "race", d: `M${plot.box.left + 196} 10h22m-22 -6v12m22 0v-12` }, plot.root);
  svg("text", { class: "note best", x: plot.box.left + 224, y: 14 }, plot.root, "tournament");
  const guide = svg("line", { class: "guide mine", y1: top, y2: bottom }, plot.data);
  const ring = svg("circle", { r: 6, class: "ring mine" }, plot.front);
  const drawFlags = createFlags(plot);
  const label = svg("text", { class: "note strong halo middle mine", y: 36 }, plot.front);
  return (rule, found) => {
    drawFlags(found, rule, false);
    const mine = found[rule];
    for (const mark of [guide, ring, label]) mark.toggleAttribute("hidden", !mine);
    if (mine) {
      const x = plot.x(mine.rate);
      place(guide, { x1: x, x2: x });
      place(ring, { cx: x, cy: plot.y(lossAt(known, mine.rate)) });
      label.textContent = `${RULES[rule].name}: ${say(mine.rate)}`;
      const half = 4.1 * label.textContent.length;
      place(label, { x: clamp(x, plot.box.left + half, plot.box.right - half) });
    }
    plot.describe(
      `Validation loss after ${horizon} steps against constant learning rate. Best: ` +
        `${formatNumber(means[best])} at ${say(rates[best])}; within a factor of ${AS_GOOD} of it from ` +
        `${say(good[0])} to ${say(good[1])}. Tournament: ${say(race.low)} to ${say(race.high)}.` +
        (mine ? ` At ${say(mine.rate)}: ${formatNumber(lossAt(known, mine.rate))}.` : ""),
    );
  };
}

/** What each rule costs, on every range test. */
function createListPanel(parent, known) {
  const worst = Math.max(...known.means) / known.means[known.best];
  const rows = [...NAMES, "tournament"];
  const plot = createPlot(parent, {
    title: "What each rule costs",
    width: 380, height: 10 + ROW * rows.length + 42,
    margin: { top: 10, bottom: 42, left: 12, right: 12 },
    x: { domain: [worst ** -0.05, worst ** 1.05], log: true, label: "final loss, times the least (log scale)" },
    y: { domain: [1, 0.5], label: "", count: 0.01 },
  });
  const { left, right, top, bottom } = plot.box;
  for (const text of plot.root.querySelectorAll(".tick-label")) text.textContent = text.textContent.replace("10¹", "10");
  for (const times of [1.2, 1.5, 2, 5]) {
    const x = plot.x(times);
    if (x > right - 12 || x - plot.x(1) < 34) continue;
    svg("line", { x1: x, x2: x, y1: bottom, y2: bottom + 5, class: "tick" }, plot.root);
    svg("text", { x, y: bottom + 18, class: "tick-label middle" }, plot.root, String(times));
  }
  svg("rect", { class: "good-rates", ...rectangle({ left, right: plot.x(AS_GOOD), top, bottom }) }, plot.data);
  const entries = rows.map((rule, i) => {
    const y = top + ROW * i;
    if (i) svg("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }, plot.data);
    const name = svg("text", { class: "note halo", x: left + 8, y: y + 19 }, plot.front);
    name.textContent = rule === "tournament" ? "tournament" : `${i + 1}  ${RULES[rule].name}`;
    const value = svg("text", { class: "note halo end", x: right - 8, y: y + 19 }, plot.front);
    const dots = svg("path", { class: "dots seeds" }, plot.data);
    const ring = svg("circle", { r: 6, class: "ring", cy: y + 40 }, plot.front);
    return { rule, y: y + 40, name, value, dots, ring };
  });
  const race = entries.at(-1);
  race.name.classList.add("best", "strong");
  race.value.classList.add("best", "strong");
  race.ring.classList.add("best");
  race.value.textContent = say(known.race.rate);
  place(race.ring, { cx: plot.x(regret(known, known.race.rate)) });
  return (rule, found, all) => {
    for (const entry of entries.slice(0, -1)) {
      const mine = entry.rule === rule;
      for (const text of [entry.name, entry.value]) {
        text.classList.toggle("mine", mine);
        text.classList.toggle("strong", mine);
      }
      entry.ring.classList.toggle("mine", mine);
      entry.ring.classList.toggle("plain", !mine);
      const one = found[entry.rule];
      entry.value.textContent = one ? say(one.rate) : "nothing";
      entry.ring.toggleAttribute("hidden", !one);
      if (one) place(entry.ring, { cx: plot.x(regret(known, one.rate)) });
      const costs = all.map((each) => each[entry.rule]).filter(Boolean).map((each) => plot.x(regret(known, each.rate)));
      entry.dots.setAttribute("d", costs.map((x) => `M${x} ${entry.y}h0`).join(""));
    }
    plot.describe(
      "Final loss over the least, at what each rule reads: " +
        NAMES.map((name) => `${RULES[name].name} ${found[name] ? say(regret(known, found[name].rate)) : "nothing"}`).join(", ") +
        `; tournament ${say(regret(known, known.race.rate))}.`,
    );
  };
}

/** The present state in three or four sentences. */
function describeState(known, horizon, state, test, found) {
  const { rates, means, best, good } = known;
  const { rule, smoothing } = state;
  const how = smoothing === 1 ? "as published" : `${say(smoothing)} times as much as published`;
  const source = `off range test ${Math.round(state.test)} (${test.asked} steps), smoothed ${how}`;
  const mine = found[rule];
  const range = `Within a tenth of the best: ${say(good[0])} to ${say(good[1])}.`;
  if (!mine) {
    const why = test.legible ? "it never blew up" : "its fall does not stand out of its noise";
    return `“${RULES[rule].short}” reads nothing ${source}: ${why}. ${range}`;
  }
  const cost = regret(known, mine.rate);
  const edge = mine.atEdge ? " That is the edge of what it looked at: a wider ramp may say something else." : "";
  return (
    `“${RULES[rule].short}” reads ${say(mine.rate)} ${source}.${edge} A training of ${horizon} steps ends at a ` +
    `validation loss of ${formatNumber(lossAt(known, mine.rate))} there, ${cost.toFixed(cost < 10 ? 2 : 1)} times the least ` +
    `(${formatNumber(means[best])}, at ${say(rates[best])}). ${range}`
  );
}

// ------------------------------------------------------------------------------------ the demo

function render({ model, el }) {
  const label = "Demo: rules that read a learning rate off a range test, over the true sweep";
  const demo = new DemoView({ model, el, name: "finder-rules", label });
  const { lengths } = model.get("runs");
  const controls = demo.section("controls");
  const names = (list) => Object.fromEntries(Object.entries(list).map(([key, { short }]) => [key, short]));
  demo.choice(controls, { key: "task", label: "Task", names: names(TASKS) });
  const numbered = NAMES.map((rule, i) => [rule, `${i + 1} ${RULES[rule].short}`]);
  demo.choice(controls, { key: "rule", label: "Rule", names: Object.fromEntries(numbered) });
  const lengthOf = (value) => lengths[nearestIndex(lengths, value)];
  demo.slider(controls, {
    key: "ramp_steps", label: "Length of the ramp", steps: lengths.length - 1, log: true,
    round: lengthOf,
    format: (value) => `${lengthOf(value)} steps`,
    speak: (value) => `${lengthOf(value)} steps`,
  });
  demo.slider(controls, {
    key: "smoothing", label: "Smoothing", steps: 38, log: true,
    round: (value) => roundSignificant(value, 2),
    format: (value) => `${say(value)} × published`,
    speak: (value) => `${say(value)} times the published smoothing`,
  });
  demo.slider(controls, {
    key: "test", label: "Range test number", steps: demo.limits.test[1] - 1,
    round: Math.round,
    format: (value) => `${Math.round(value)} of ${demo.limits.test[1]}`,
    speak: (value) => `Range test ${Math.round(value)} of ${demo.limits.test[1]}`,
  });
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const [left, right] = [0, 1].map(() => html("div", { class: "column" }, panels));
  const actions = html("div", { class: "actions foot" }, demo.root);
  demo.buttons(actions);
  const waiting = demo.inPage ? () => {} : createTrainButton(demo, model, actions);

  let [drawn, known, draws] = [null, null, []];
  return demo.run((state) => {
    const { task, rule, ramp_steps: length, smoothing } = state;
    const runs = model.get("runs");
    if (drawn?.runs !== runs || drawn?.task !== task) {
      known = readTask(runs, task);
      for (const host of [left, right]) host.replaceChildren();
      draws = [createRampPanel(left, task, known), createTruthPanel(left, task, known, runs.horizon), createListPanel(right, known)];
      if (drawn?.runs !== runs) waiting(false);
      drawn = { runs, task };
    }
    const tests = known.tests[nearestIndex(lengths, length)];
    const test = tests[Math.round(state.test) - 1];
    const all = tests.map((each) => suggestAll(each, smoothing));
    const found = all[tests.indexOf(test)];
    const word = verdict(known, found[rule]);
    readout(`${word}.`, ...TONES[word], describeState(known, runs.horizon, state, test, found));
    const [drawRamp, drawTruth, drawList] = draws;
    drawRamp(test, smoothing, rule, found);
    drawTruth(rule, found);
    drawList(rule, found, all);
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
