// Dead and saturated units: how many in each layer, and when each unit of the chosen layer died or came back.

const states = ["alive", "saturated", "dead"];

// The state of every unit at every probe, as rows of indices into `states`, and the changes of each unit.
function ledger(layer, probes) {
  const count = layer.units ?? 0, changes = Array.from({ length: count }, () => []);
  for (const [step, index, state] of asList(layer.changes)) changes[index]?.push([step, states.indexOf(state)]);
  return changes.map((list, index) => {
    const row = new Uint8Array(probes.length);
    for (const [step, state] of list) {
      const from = probes.findIndex((probe) => probe >= step);
      if (from >= 0) row.fill(Math.max(0, state), from);
    }
    return { index, row, changes: list, fell: list.find(([, state]) => state > 0)?.[0] ?? Infinity, end: row.at(-1) ?? 0 };
  });
}

function unitCounts(units, first) {
  const moves = units.flatMap(({ changes }) => changes.map(([step, state], at) => ({ step, state, before: at ? changes[at - 1][1] : 0 })));
  return {
    dead: units.filter(({ end }) => end === 2).length,
    saturated: units.filter(({ end }) => end === 1).length,
    born: moves.filter(({ step, state }) => state === 2 && step <= first).length,
    died: moves.filter(({ step, state }) => state === 2 && step > first).length,
    revived: moves.filter(({ state, before }) => before === 2 && state !== 2).length,
  };
}

function unitsSentence(layer, counts) {
  return `Layer ${layer.layer}: ${counts.dead} of ${plural(layer.units, "unit")} dead at the last probe and ${
    counts.saturated} saturated. ${counts.born} were dead from birth, there were ${plural(counts.died, "death")} later, and ${
    plural(counts.revived, "revival")}.`;
}

function buildUnits(body, run) {
  const { probes } = run.units, layers = run.units.layers.filter((layer) => layer.units > 0);
  if (!probes.length || !layers.length) return absent(body);
  const at = () => layers.find((layer) => layer.layer === layerNow(run)) ?? layers[0];
  const list = make("div.unit-layers"), words = make("p.words"), right = make("div");
  const rows = layers.map((layer) => {
    const counts = unitCounts(ledger(layer, probes), probes[0]), share = (count) => `${(100 * count) / layer.units}%`;
    const row = run.layers.findIndex((one) => one.layer === layer.layer);
    const press = button("", () => chosen.layer.set(row));
    press.append(make("span", layerName(run, row)),
      make("span.meter", ["dead", "saturated"].map((state) => make(`i.${state}`, { style: { width: share(counts[state]) } }))),
      make("span.count", `${counts.dead} dead, ${counts.saturated} sat.`));
    return { layer, press };
  });
  list.append(...rows.map(({ press }) => press));
  body.append(make("div.aside", right, list));
  let units = [];
  const load = () => {
    units = ledger(at(), probes).sort((a, b) => b.fell - a.fell || b.index - a.index);
    words.textContent = unitsSentence(at(), unitCounts(units, probes[0]));
    rows.forEach(({ layer, press }) => press.setAttribute("aria-pressed", String(layer === at())));
  };
  load();
  const one = chart(right, {
    title: "Units of one layer over time",
    height: 340,
    legend: make("div.states", states.map((state) => make("span", make("i", { class: state }), state))),
    paint: (sheet) => paintUnits(sheet, units, probes),
    summary: () => words.textContent,
    numbers: () => ({
      head: ["Unit", "Step", "Becomes"],
      rows: units.flatMap(({ index, changes }) => changes.map(([step, state]) => [index, step, states[state] ?? "alive"]))
    }),
  });
  right.append(words);
  if (isNumber(run.units.cut))
    right.append(make("p.flag", `The list of changes was cut at step ${number(run.units.cut)}: what happened later is not shown.`));
  chosen.layer.listen(words, () => {
    load();
    one.repaint();
  });
}

function paintUnits(sheet, units, probes) {
  const palette = states.map((state) => channels(styled(`--${state}`).slice(1)));
  return paintCells(sheet, {
    steps: probes,
    rows: units.map(({ index }) => String(index)),
    bare: true,
    label: "One row a unit, the first to fall on top",
    colourOf: (row, column) => palette[units[row].row[column]],
    titleOf: (row, column) => `unit ${units[row].index}, step ${number(probes[column])}`,
    words(row, column) {
      const { changes } = units[row], recent = changes.slice(-6);
      return [
        { name: "state", value: states[units[row].row[column]] }, ...recent.map(([step,
          state]) => ({ name: step <= probes[0] ? "from birth" : `step ${number(step)}`, value: states[state] ?? "alive" }))
      ];
    },
  });
}
