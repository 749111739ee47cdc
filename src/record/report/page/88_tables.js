// Tables: every number of the last logged step, the configuration, and the command that repeats a run.

function buildTable(body, run) {
  const last = run.grid.step.length - 1, names = Object.keys(run.grid.metrics);
  if (last < 0 || !run.layers.length) return absent(body);
  const shares = new Set(["zero_share", "saturated_share", "dead_share"]);
  const columns = [
    { name: "Layer", value: (row) => run.layers[row].layer ?? row + 1, text: (row) => layerName(run, row) },
    { name: "Units", value: (row) => run.layers[row].units ?? null },
    ...names.map((name) => ({
      name: title(name),
      tip: metrics[name]?.name,
      value: (row) => run.grid.metrics[name]?.[row]?.[last] ?? null,
      text: (row) => (shares.has(name) ? percent : number)(run.grid.metrics[name]?.[row]?.[last] ?? null)
    })),
  ];
  body.append(make("p.words", `Step ${number(run.grid.step[last])}. A press on a heading sorts by it.`),
    sortableTable(`Layers of ${run.name} at the last logged step`, columns, run.layers.map((_, row) => row)));
}

function buildConfig(body) {
  if (!runs.length) return absent(body);
  for (const run of runs) {
    if (several) body.append(runTitle(run));
    body.append(run.command ? command(run.command) : missing("The command was not recorded."));
  }
  const flags = [...new Set(runs.flatMap((run) => Object.keys(run.config)))],
        about = [...new Set(runs.flatMap((run) => [...Object.keys(run.about), "folder"]))].filter((name) => name !== "classes");
  const same = (values) => values.every((value) => value === values[0]);
  const facts = (label, names, record, named) =>
    table(label, [label, ...runs.map((run) => (several ? run.name : "Value"))].map((name) => make("th", { scope: "col" }, name)),
      make("tbody", names.map((name) => {
        const values = runs.map((run) => factText(record(run)[name]));
        return make("tr", { class: same(values) ? null : "differs" }, make("th", { scope: "row" }, named(name)),
          values.map((value) => make("td", value)));
      })),
      "div.scroll.facts");
  const pair = make(several ? "div.tables" : "div.pair.tables");
  if (flags.length) pair.append(facts("Flag", flags, (run) => run.config, (name) => make("code", `--${name}`)));
  if (about.length) pair.append(facts("Environment", about, (run) => ({ ...run.about, folder: run.folder }), title));
  body.append(pair);
}

const factText = (value) => (typeof value === "object" && value ? JSON.stringify(value) : String(value ?? "–") || "–");
