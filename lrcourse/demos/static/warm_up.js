/**
 * A deep network from three starts, with and without a warm-up. Nothing is trained here: the runs come
 * with the page, and this reads them as lrcourse.demos.WarmUp does.
 */
import {
  DemoView, clamp, createPlot, dotPath, formatNumber, html, linePath, nearestIndex, place, svg,
  unpackGrid,
} from "./draw.js";

const STARTS = { small: "20 % smaller", usual: "usual", large: "40 % larger" };
const LEARNED = 1; // a loss; that of guessing among ten classes is 2.3
// Each warm-up has a colour and a dash.
const LOOKS = ["steep", "flat", "total"];

/**
 * What was found from one start.
 *
 * @param {{peaks: number[], marks: number[], shares: number[][], warmups: number[], grids: object}} runs
 *   As the widget carries them.
 * @param {string} start
 */
export function readRuns({ peaks, marks, shares, warmups, grids }, start) {
  const [loss, ratio, final] = ["loss", "ratio", "final"].map((name) => {
    const grid = unpackGrid(grids[start][name]);
    const last = Array.from({ length: grid.shape[2] }, (_, i) => i);
    return warmups.map((_, w) => peaks.map((_, p) => last.map((i) => grid.at(w, p, i))));
  });
  // Math.max gives NaN if one of the runs has diverged.
  const worst = final.map((rows) => rows.map((each) => Math.max(...each)));
  return { peaks, marks, shares, warmups, loss, ratio, final, worst };
}

/** The peak whose worst run is the best. */
function bestPeak(worst) {
  return worst.indexOf(Math.min(...worst.filter((value) => !Number.isNaN(value))));
}

/** What becomes of the runs with one warm-up at one peak. */
export function fateOf({ worst }, warmup, peak) {
  const value = worst[warmup][peak];
  if (Number.isNaN(value)) return "diverged";
  if (value < LEARNED) return "learned";
  return peak < bestPeak(worst[warmup]) ? "too small" : "too large";
}

/** The smallest and the largest peak around the best between which every run has learned. */
export function learnablePeaks({ peaks, worst }, warmup) {
  const learned = worst[warmup].map((value) => value < LEARNED);
  let low = bestPeak(worst[warmup]);
  let high = low;
  if (!learned[low]) return [NaN, NaN];
  while (learned[low - 1]) low -= 1;
  while (learned[high + 1]) high += 1;
  return [peaks[low], peaks[high]];
}

// ------------------------------------------------------------------------------------ the picture

const TONES = {
  learned: ["Every run learns", "✓", "good"],
  "too small": ["Peak too small", "↓", "warn"],
  "too large": ["Peak too large", "↑", "warn"],
  diverged: ["Diverges", "✗", "bad"],
};

/** A rate for people, as it was rounded. */
function sayRate(rate) {
  return String(rate);
}

/** A number of two digits for people: 0.14, 3.1, 75, 1600. */
function sayNumber(value) {
  return value >= 1e5 || value < 1e-3 ? formatNumber(value, 2) : String(Number(value.toPrecision(2)));
}

function sayWarmup(steps) {
  return steps ? `${steps} steps of warm-up` : "no warm-up";
}

/** Three lines, one for each warm-up, of which the chosen one stands out. */
function createLines(plot) {
  const lines = LOOKS.map((look) => svg("path", { class: `line ${look}` }, plot.data));
  return (paths, chosen) => {
    paths.forEach((path, w) => {
      lines[w].setAttribute("d", path);
      lines[w].classList.toggle("aside", w !== chosen);
    });
    plot.data.append(lines[chosen]);
  };
}

/** What each line is, above a plot. */
function createLegend(plot, warmups) {
  const names = warmups.map((steps) => (steps ? `${steps} steps` : "none"));
  const room = (plot.box.right - plot.box.left) / names.length;
  names.forEach((name, w) => {
    const x = plot.box.left + w * room;
    svg("path", { d: `M${x} 13h26`, class: `line ${LOOKS[w]}` }, plot.root);
    svg("text", { x: x + 31, y: 17, class: "note" }, plot.root, name);
  });
}

/** The loss before each step. */
function createLossPanel(parent, { warmups, peaks, loss }) {
  const steps = loss[0][0].map((_, t) => t + 1);
  const plot = createPlot(parent, {
    title: "Loss, by length of warm-up",
    width: 380, height: 236,
    margin: { top: 26, bottom: 42, left: 60, right: 12 },
    x: { domain: [1, steps.length], log: true, label: "step (log scale)" },
    y: { domain: [0.003, 300], log: true, label: "loss (log scale)", grid: true },
  });
  createLegend(plot, warmups);
  const draw = createLines(plot);
  const crosses = svg("path", { class: "crosses" }, plot.front);
  const gone = svg("text", { class: "note halo strong bad" }, plot.front);
  return (warmup, peak) => {
    draw(loss.map((rows) => linePath(steps, rows[peak], plot)), warmup);
    const ends = loss.map((rows) => lastStep(rows[peak]));
    const y = plot.box.top + 10;
    const marks = ends.map((end) => (end === null ? "" : `M${plot.x(end) - 4} ${y - 4}l8 8m0 -8l-8 8`));
    crosses.setAttribute("d", marks.join(""));
    const mine = ends[warmup];
    gone.textContent = mine === null ? "" : `diverged at step ${mine}`;
    if (mine !== null) {
      const right = plot.x(mine) < plot.box.left + 170;
      gone.classList.toggle("end", !right);
      place(gone, { x: plot.x(mine) + (right ? 10 : -10), y: y + 5 });
    }
    const said = loss.map((rows, w) => {
      const what = ends[w] === null ? `ends at ${sayNumber(rows[peak].at(-1))}` : `diverges at step ${ends[w]}`;
      return `with ${sayWarmup(warmups[w])} it starts at ${sayNumber(rows[peak][0])} and ${what}`;
    });
    plot.describe(`Training loss over ${steps.length} steps at peak ${sayRate(peaks[peak])}: ${said.join("; ")}.`);
  };
}

/** The last step that has a loss, if the run has diverged after it; null if it has not. */
function lastStep(losses) {
  const gone = losses.findIndex(Number.isNaN);
  return gone === -1 ? null : gone;
}

/** ηλ/2 at the steps where the sharpness was measured. */
function createRatioPanel(parent, { marks, ratio, warmups, peaks, loss }) {
  const steps = marks.map((mark) => mark + 1);
  const plot = createPlot(parent, {
    title: "Rate times sharpness over two",
    width: 380, height: 236,
    margin: { top: 10, bottom: 42, left: 60, right: 12 },
    x: { domain: [1, loss[0][0].length], log: true, label: "step (log scale)" },
    y: { domain: [0.01, 1000], log: true, label: "ηλ/2 (log scale)", grid: true },
  });
  const { left, right, top } = plot.box;
  const limit = plot.y(1);
  const above = { x: left, y: top, width: right - left, height: limit - top, class: "grows" };
  plot.data.prepend(svg("rect", above));
  svg("line", { x1: left, x2: right, y1: limit, y2: limit, class: "limit" }, plot.data);
  svg("text", { x: right - 6, y: top + 18, class: "note halo end bad" }, plot.front, "too sharp for the rate");
  svg("text", { x: right - 6, y: plot.box.bottom - 8, class: "note halo end" }, plot.front, "stable");
  const draw = createLines(plot);
  const dots = svg("path", { class: "dots" }, plot.data);
  return (warmup, peak) => {
    draw(ratio.map((rows) => linePath(steps, rows[peak], plot)), warmup);
    dots.setAttribute("class", `dots ${LOOKS[warmup]}`);
    dots.setAttribute("d", dotPath(steps, ratio[warmup][peak], plot));
    plot.data.append(dots);
    const said = ratio.map((rows, w) => {
      const known = rows[peak].filter((value) => !Number.isNaN(value));
      return `with ${sayWarmup(warmups[w])} ${sayNumber(known[0])} at the first step, at most ${sayNumber(Math.max(...known))}`;
    });
    plot.describe(
      `Rate times sharpness over two at peak ${sayRate(peaks[peak])}, stable below 1: ${said.join("; ")}.`,
    );
  };
}

/** The loss at the end against the peak. */
function createFinalPanel(parent, { peaks, warmups, final, worst }) {
  const plot = createPlot(parent, {
    title: "Which peaks a run survives",
    width: 380, height: 262,
    margin: { top: 10, bottom: 42, left: 68, right: 12 },
    x: { domain: [peaks[0] / 1.15, peaks.at(-1) * 1.15], log: true, label: "peak learning rate η (log scale)" },
    y: { domain: [0.003, 10], log: true, label: "loss at the end (log scale)", grid: true },
  });
  const { left, right, top, bottom } = plot.box;
  const learned = plot.y(LEARNED);
  svg("line", { x1: left, x2: right, y1: learned, y2: learned, class: "learned" }, plot.data);
  svg("text", { x: left + 6, y: bottom - 8, class: "note halo" }, plot.front, "lines: the worst of three runs");
  const draw = createLines(plot);
  const dots = svg("path", { class: "dots" }, plot.data);
  const crosses = svg("path", { class: "crosses" }, plot.data);
  const mine = svg("line", { class: "guide peak", y1: top, y2: bottom }, plot.data);
  return (warmup, peak) => {
    // The line ends at the first peak where a run diverges.
    draw(worst.map((values) => linePath(peaks, values, plot)), warmup);
    const each = final[warmup].flatMap((values, p) => values.map((value) => [peaks[p], value]));
    dots.setAttribute("class", `dots seeds ${LOOKS[warmup]}`);
    dots.setAttribute("d", dotPath(each.map((e) => e[0]), each.map((e) => e[1]), plot));
    const y = top + 10;
    const gone = peaks.filter((_, p) => Number.isNaN(worst[warmup][p]));
    crosses.setAttribute("d", gone.map((p) => `M${plot.x(p) - 4} ${y - 4}l8 8m0 -8l-8 8`).join(""));
    place(mine, { x1: plot.x(peaks[peak]), x2: plot.x(peaks[peak]) });
    const value = worst[warmup][peak];
    plot.describe(
      `Loss at the end against peak, worst of ${final[0][0].length} runs, with ${sayWarmup(warmups[warmup])}: ` +
        `${Number.isNaN(value) ? "diverged" : sayNumber(value)} at ${sayRate(peaks[peak])}. ` +
        (gone.length ? `Runs diverge at ${gone.map(sayRate).join(", ")}.` : "No run diverges."),
    );
  };
}

/** For each warm-up, the peaks at which every run learns. */
function createRangePanel(parent, runs) {
  const { peaks, warmups } = runs;
  const plot = createPlot(parent, {
    title: "Peaks at which every run learns",
    width: 380, height: 132,
    margin: { top: 8, bottom: 42, left: 68, right: 12 },
    x: { domain: [peaks[0] / 1.15, peaks.at(-1) * 1.15], log: true, label: "peak learning rate η (log scale)" },
  });
  const { left, right, top, bottom } = plot.box;
  svg("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "tick" }, plot.root);
  const guide = svg("line", { class: "guide peak", y1: top, y2: bottom }, plot.data);
  const ranges = warmups.map((_, w) => learnablePeaks(runs, w));
  const bars = ranges.map(([low, high], w) => {
    const y = top + 14 + 26 * w;
    svg("text", { x: left - 8, y: y + 4, class: "note end" }, plot.front, warmups[w] ? `${warmups[w]} steps` : "none");
    const known = !Number.isNaN(low);
    const bar = svg("path", { class: `range ${LOOKS[w]}`, d: known ? `M${plot.x(low)} ${y}H${plot.x(high)}` : "" }, plot.front);
    const end = svg("text", { class: "note halo", y: y + 4 }, plot.front, known ? `to ${sayRate(high)}` : "");
    if (known) place(end, { x: clamp(plot.x(high) + 9, left, right - 48) });
    return bar;
  });
  const said = ranges.map(([low, high], w) =>
    Number.isNaN(low) ? `none with ${sayWarmup(warmups[w])}` : `${sayRate(low)} to ${sayRate(high)} with ${sayWarmup(warmups[w])}`,
  );
  plot.describe(`Peaks at which every run learns: ${said.join("; ")}.`);
  return (warmup, peak) => {
    bars.forEach((bar, w) => bar.classList.toggle("aside", w !== warmup));
    place(guide, { x1: plot.x(peaks[peak]), x2: plot.x(peaks[peak]) });
  };
}

/** The present state in three or four sentences. */
function describeState(runs, warmup, peak) {
  const { peaks, shares, marks, warmups, ratio, final, loss } = runs;
  const ratios = ratio[warmup][peak];
  const rate = peaks[peak] * shares[warmup][0];
  const sharpness = (2 * ratios[0]) / rate;
  const first = warmups[warmup] ? `The first step is taken at rate ${sayNumber(rate)}` : "The first step is taken at the peak";
  const sentences = [`${first}, where the sharpness is ${sayNumber(sharpness)}: ηλ/2 is ${sayNumber(ratios[0])}.`];
  const after = marks.findIndex((mark) => warmups[warmup] && mark >= warmups[warmup]);
  if (after > 0 && !Number.isNaN(ratios[after])) {
    const later = (2 * ratios[after]) / (peaks[peak] * shares[warmup][after]);
    sentences.push(`After ${marks[after]} steps the sharpness is ${sayNumber(later)}, and ηλ/2 is ${sayNumber(ratios[after])}.`);
  }
  const each = final[warmup][peak];
  const gone = each.filter(Number.isNaN).length;
  const end = lastStep(loss[warmup][peak]);
  if (gone) {
    const verb = gone === 1 ? "diverges" : "diverge";
    const drawn = end === null ? "" : `, the one drawn at step ${end}`;
    sentences.push(`${gone} of ${each.length} runs ${verb}${drawn}.`);
  } else {
    const [low, high] = [Math.min(...each), Math.max(...each)].map(sayNumber);
    sentences.push(`The runs end at losses from ${low} to ${high}.`);
  }
  const [low, high] = learnablePeaks(runs, warmup).map(sayRate);
  sentences.push(`With ${sayWarmup(warmups[warmup])}, every run learns at peaks from ${low} to ${high}.`);
  return sentences.join(" ");
}

// ------------------------------------------------------------------------------------ the demo

function render({ model, el }) {
  const label = "Demo: a deep network with and without a warm-up, from starts of different sharpness";
  const demo = new DemoView({ model, el, name: "sharp-start", label });
  const { peaks, warmups } = model.get("runs");
  const controls = demo.section("controls");
  const lengths = warmups.map((steps) => (steps ? `${steps} steps` : "none"));
  const names = Object.fromEntries(demo.limits.warmup.map((word, w) => [word, lengths[w]]));
  const snap = (value) => peaks[nearestIndex(peaks, value)];
  demo.choice(controls, { key: "start", label: "Initial weights", names: STARTS });
  demo.choice(controls, { key: "warmup", label: "Warm-up", names });
  demo.slider(controls, {
    key: "peak", label: "Peak learning rate η", steps: peaks.length - 1, log: true,
    round: snap,
    format: (value) => sayRate(snap(value)),
    speak: (value) => sayRate(snap(value)),
  });
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const [left, right] = [0, 1].map(() => html("div", { class: "column" }, panels));
  const pictures = html("div", { class: "column" }, right);
  const actions = html("div", { class: "actions" }, right);
  demo.buttons(actions);
  const waiting = demo.inPage ? () => {} : createTrainButton(demo, model, actions);

  let [drawn, runs, draws] = [null, null, []];
  return demo.run(({ start, peak: value, warmup: word }) => {
    const packed = model.get("runs");
    if (drawn?.packed !== packed || drawn?.start !== start) {
      runs = readRuns(packed, start);
      for (const host of [left, pictures]) host.replaceChildren();
      draws = [
        createLossPanel(left, runs),
        createRatioPanel(left, runs),
        createFinalPanel(pictures, runs),
        createRangePanel(pictures, runs),
      ];
      if (drawn?.packed !== packed) waiting(false);
      drawn = { packed, start };
    }
    const [warmup, peak] = [demo.limits.warmup.indexOf(word), nearestIndex(peaks, value)];
    const [text, sign, tone] = TONES[fateOf(runs, warmup, peak)];
    readout(`${text}.`, sign, tone, describeState(runs, warmup, peak));
    for (const draw of draws) draw(warmup, peak);
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
