// The heat map: one metric of every layer at every logged step; several runs side by side under one colour scale.

// The template's selector names the metrics; `kind` decides on the colours: log, share (0 to 1) or signed.
const metrics =
  Object.fromEntries([...byId("heatmap-metric").options].map((option) => [option.value, { name: option.text, ...option.dataset }]));

// The colour scale that all runs share: { scale, stops, place(value) → 0 ... 1 }.
function colourScale(name) {
  const { kind } = metrics[name], rows = runs.flatMap((run) => metric(run, name) ?? []);
  if (kind === "share") return { stops: sequential, scale: { low: 0, high: 1, log: false, text: percent }, place: (value) => value };
  if (kind === "signed") {
    const range = extent(rows) ?? [-1, 1], reach = Math.max(-range[0], range[1]) || 1;
    return { stops: diverging, scale: { low: -reach, high: reach, log: false }, place: (value) => 0.5 + value / reach / 2 };
  }
  let [low, high] = extent(rows, (value) => value > 0) ?? [0.1, 1];
  if (high / low < 4) [low, high] = [low / 2, high * 2];
  const place = logarithmic(low, high, 0, 1);
  return { stops: sequential, scale: { low, high, log: true }, place: (value) => (value > 0 ? place(value) : null) };
}

const zeroColour = [20, 20, 24];

// Cells in which numbers were NaN or infinite.
function troubledCells(run) {
  const found = [];
  for (const name of ["nan_count", "inf_count"])
    asList(run.grid.metrics[name]).forEach((row, layer) => asList(row).forEach((count, column) => {
      if (count > 0) found.push([layer, column]);
    }));
  return found;
}

function buildHeatmap(body) {
  const select = byId("heatmap-metric"), key = make("div");
  for (const option of [...select.options])
    if (!runs.some((run) => metric(run, option.value))) option.remove();
  select.closest(".controls").append(key);
  if (!select.options.length) {
    select.closest(".controls").remove();
    return absent(body);
  }
  const grid = make(several ? "div.multiples" : "div"), look = make("p.look");
  body.append(grid, look);
  const refresh = () => {
    const name = select.value, { stops, scale } = colourScale(name),
          hasZero = scale.log && runs.some((run) => (metric(run, name) ?? []).some((row) => row.includes(0)));
    key.replaceChildren(colourKey(metrics[name].name, stops, scale));
    look.textContent = `${metrics[name].look} ${hasZero ? "Black is exactly 0. " : ""}Hatched cells were not measured.`;
  };
  refresh();
  const charts = runs.map((run) => heatChart(grid, run, select)).filter(Boolean);
  select.addEventListener("change", () => {
    refresh();
    charts.forEach((one) => one.repaint());
  });
}

function heatChart(host, run, select) {
  const cell = make("div");
  host.append(cell);
  if (!run.grid.step.length || !run.layers.length) {
    cell.append(make("h3", run.name), missing("No layer was logged in this run."));
    return null;
  }
  const flags = troubledCells(run), rows = () => asList(run.grid.metrics[select.value]).map(asList);
  const one = chart(cell, {
    title: several ? run.name : "Layer by step",
    height: Math.max(170, Math.min(580, (several ? 15 : 22) * run.layers.length + 66)),
    paint(sheet) {
      const values = rows(), { stops, place } = colourScale(select.value);
      return paintCells(sheet, {
        steps: run.grid.step,
        rows: run.layers.map((_, row) => layerName(run, row)),
        flags,
        label: "↑ Layer, input at the bottom",
        titleOf: (row, column) => `layer ${layerName(run, row)}, step ${number(run.grid.step[column])}`,
        words: (row, column) => heatWords(run, select.value, values[row]?.[column], row, column),
        colourOf(row, column) {
          const value = values[row]?.[column];
          if (!isNumber(value)) return null;
          const t = place(value);
          return t === null ? zeroColour : mixed(stops, t);
        },
      });
    },
    summary() {
      const values = rows(), range = extent(values), name = metrics[select.value].name;
      const found = range ? `${range.map(number).join(" to ")}; at the last step layer 1 has ${number(values[0]?.at(-1))}` : "nothing measured";
      const trouble = flags.length ? " Some numbers are not finite." : "";
      return `${name}, ${plural(values.length, "layer")} at ${plural(run.grid.step.length, "step")}: ${found}.${trouble}`;
    },
    numbers: () => ({
      head: ["Step", ...run.layers.map((_, row) => layerName(run, row))],
      rows: run.grid.step.map((step, column) => [step, ...rows().map((row) => row[column] ?? null)])
    }),
  });
  if (flags.length) cell.append(troubleSentence(run, flags));
  if (run.grid.thinned)
    cell.append(make("p.look", `Thinned: ${number(run.grid.step.length)} of ${number(run.grid.logged)} logged steps are shown.`));
  return one;
}

function heatWords(run, name, value, row, column) {
  const text = metrics[name].kind === "share" ? percent(value) : number(value);
  const words = [{ name: metrics[name].name.split(":")[0], value: isNumber(value) ? text : "not measured" }];
  for (const [label, count] of [["NaN", "nan_count"], ["infinite", "inf_count"]]) {
    const found = run.grid.metrics[count]?.[row]?.[column];
    if (found > 0) words.push({ name: label, value: number(found) });
  }
  return words;
}

function troubleSentence(run, flags) {
  const layers = [...new Set(flags.map(([row]) => run.layers[row]?.layer ?? row + 1))].sort((a, b) => a - b);
  const first = flags.reduce((least, [, column]) => Math.min(least, column), Infinity);
  return make("p.flag", icon("failure"),
    `Numbers that are not finite: layers ${ranges(layers)}, first at step ${number(run.grid.step[first])}. These cells are marked.`);
}
