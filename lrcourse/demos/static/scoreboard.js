/**
 * Six benefits of a learning rate, and at which rates each is found. Nothing is trained here: the
 * results come with the page, and this reads them as lrcourse.demos.Scoreboard does.
 */
import {
  DemoView, createPlot, formatNumber, html, nearestIndex, place, svg, unpackGrid,
} from "./draw.js";

/** What stands behind each benefit, in words. */
const WORDS = {
  speed: (mean) => `${Math.round(mean)} steps to the common loss`,
  "no divergence": (mean) => (mean === 0 ? "none diverged" : `${Math.round(100 * mean)} % diverged`),
  steadiness: (mean) => `climbs add up to ${mean < 0.005 ? 0 : formatNumber(mean, 2)}`,
  "lowest training loss": (mean) => formatNumber(mean, 2),
  accuracy: (mean) => formatNumber(1 - mean, 2),
  "accuracy at equal loss": (mean) => formatNumber(1 - mean, 2),
};

/** What was found: shares and means as numbers, by budget, benefit and rate. */
export function readBoard({ rates, budgets, benefits, replicates, shares, together, means }) {
  return {
    rates, budgets, benefits, replicates,
    shares: unpackGrid(shares), together: unpackGrid(together), means: unpackGrid(means),
  };
}

/** In how many replicates; the shares come rounded to sixteen bits. */
function count(board, share) {
  return Math.round(share * board.replicates);
}

/** The benefits in which a rate is best or tied in more than half of the replicates. */
export function wonBy(board, budget, rate) {
  return board.benefits.filter((_, i) => 2 * count(board, board.shares.at(budget, i, rate)) > board.replicates);
}

// ------------------------------------------------------------------------------------ the picture

const [WIDTH, ROW] = [380, 44];
const ALL = "all six at once";

/** In how many replicates a rate is best or tied, in a benefit or, after the last one, in all. */
function timesWon(board, budget, row, rate) {
  const inAll = row === board.benefits.length;
  return count(board, inAll ? board.together.at(budget, rate) : board.shares.at(budget, row, rate));
}

/** One band a benefit: the darker at a rate, the more replicates it is best or tied in. */
function createBands(parent, board, onPick) {
  const { rates, budgets, benefits, replicates } = board;
  const rows = [...benefits, ALL];
  // A cell reaches half way to its neighbours.
  const middles = rates.slice(1).map((rate, r) => Math.sqrt(rate * rates[r]));
  const edges = [rates[0] ** 2 / middles[0], ...middles, rates.at(-1) ** 2 / middles.at(-1)];
  const plot = createPlot(parent, {
    title: "Where each benefit is found",
    width: WIDTH, height: rows.length * ROW + 50,
    margin: { top: 4, bottom: 46, left: 4, right: 4 },
    x: { domain: [edges[0], edges.at(-1)], log: true, label: "learning rate η (log scale)" },
  });
  const bands = rows.map((name, row) => {
    const top = plot.box.top + row * ROW;
    svg("text", { class: "note halo", x: plot.box.left, y: top + 14 }, plot.front, name);
    svg("rect", { class: "band", x: plot.box.left, y: top + 19, width: WIDTH - 8, height: ROW - 25 }, plot.data);
    return rates.map((_, r) => {
      const [left, right] = [plot.x(edges[r]), plot.x(edges[r + 1])];
      return svg("rect", { class: "cell", x: left + 0.5, y: top + 19, width: right - left - 1, height: ROW - 25 }, plot.data);
    });
  });
  const guide = svg("line", { class: "guide mine", y1: plot.box.top, y2: plot.box.bottom }, plot.data);
  plot.root.addEventListener("click", (event) => {
    const bounds = plot.root.getBoundingClientRect();
    onPick(plot.x.invert(((event.clientX - bounds.left) / bounds.width) * WIDTH));
  });
  return (budget, rate) => {
    bands.forEach((cells, row) => cells.forEach((cell, r) => {
      cell.setAttribute("fill-opacity", (timesWon(board, budget, row, r) / replicates).toFixed(3));
    }));
    const x = plot.x(rates[rate]);
    place(guide, { x1: x, x2: x });
    const words = rows.map((name, row) => {
      const good = rates.filter((_, r) => 2 * timesWon(board, budget, row, r) > replicates);
      return `${name}: ${good.length ? good.join(", ") : "none"}`;
    });
    plot.describe(`Rates that are best or tied in most replicates after ${budgets[budget]} steps. ${words.join("; ")}.`);
  };
}

/** What the chosen rate has of each benefit, and how often that is the best. */
function createTable(parent, board) {
  const { benefits, replicates, means } = board;
  const figure = html("figure", { class: "panel" }, parent);
  html("figcaption", {}, figure, "What your rate has of it");
  const table = html("table", { class: "score" }, figure);
  const head = html("tr", {}, html("thead", {}, table));
  for (const name of ["benefit", "at your rate", "best or tied"]) html("th", { scope: "col" }, head, name);
  const body = html("tbody", {}, table);
  const rows = [...benefits, ALL].map((name) => {
    const row = html("tr", {}, body);
    html("th", { scope: "row" }, row, name);
    return [html("td", {}, row), html("td", {}, row)];
  });
  return (budget, rate) => {
    rows.forEach(([value, stamp], row) => {
      const mean = row < benefits.length ? means.at(budget, row, rate) : null;
      if (mean !== null) value.textContent = Number.isNaN(mean) ? "not every run gets there" : WORDS[benefits[row]](mean);
      const times = timesWon(board, budget, row, rate);
      const most = 2 * times > replicates;
      stamp.textContent = `${most ? "✓" : "✗"} ${times} of ${replicates}`;
      stamp.dataset.tone = most ? "good" : "bad";
    });
  };
}

/** The present state in a few sentences. */
function describe(board, budget, rate) {
  const won = wonBy(board, budget, rate);
  const together = timesWon(board, budget, board.benefits.length, rate);
  return (
    `That is rate ${board.rates[rate]} after ${board.budgets[budget]} steps, in most of its runs. ` +
    (won.length && won.length < board.benefits.length ? `They are: ${won.join(", ")}. ` : "") +
    `All six at once: ${together} of ${board.replicates} times.`
  );
}

// ------------------------------------------------------------------------------------ the demo

function render({ model, el }) {
  const label = "Demo: six benefits of a learning rate, and where each is found";
  const demo = new DemoView({ model, el, name: "scoreboard", label });
  const { rates, budgets } = model.get("board");
  const controls = demo.section("controls even");
  const snap = (list) => (value) => list[nearestIndex(list, value)];
  demo.slider(controls, {
    key: "learning_rate", label: "Your learning rate η", steps: rates.length - 1, log: true,
    round: snap(rates), format: (value) => String(snap(rates)(value)), speak: (value) => String(snap(rates)(value)),
  });
  demo.slider(controls, {
    key: "steps", label: "Budget", steps: budgets.length - 1, log: true,
    round: snap(budgets), format: (value) => `${snap(budgets)(value)} steps`, speak: (value) => `${snap(budgets)(value)} steps`,
  });
  const readout = demo.readout(demo.section("summary"));
  const panels = demo.section("panels");
  const [left, right] = [0, 1].map(() => html("div", { class: "column" }, panels));
  demo.buttons(demo.section("actions foot"));

  let [drawn, board, draws] = [null, null, []];
  return demo.run(({ learning_rate: value, steps }) => {
    if (drawn !== model.get("board")) {
      drawn = model.get("board");
      board = readBoard(drawn);
      for (const host of [left, right]) host.replaceChildren();
      const pick = (rate) => demo.set({ learning_rate: snap(rates)(rate) });
      draws = [createBands(left, board, pick), createTable(right, board)];
    }
    const [rate, budget] = [nearestIndex(rates, value), nearestIndex(budgets, steps)];
    const won = wonBy(board, budget, rate).length;
    const tone = won === board.benefits.length ? ["✓", "good"] : won > 3 ? ["◐", "warn"] : ["✗", "bad"];
    readout(`Best or tied in ${won} of ${board.benefits.length}.`, ...tone, describe(board, budget, rate));
    for (const draw of draws) draw(budget, rate);
  });
}

export default { render };
