// The zig-zag meter: how alike the signs in a unit's weight gradient are, and how far the activations are from zero-centred.

function layerSeries(run, valuesOf) {
  const count = run.layers.length;
  return run.layers.map((_, row) => ({
    name: layerName(run, row),
    x: run.grid.step,
    y: valuesOf(row),
    colour: layerColour(row, count),
    smooth: run.grid.step.length > 120
  }));
}

// |mean h| / std h; null where the deviation is 0.
const offCentre = (run) => (row) => run.grid.step.map((_, column) => {
  const mean = run.grid.metrics.h_mean?.[row]?.[column], deviation = run.grid.metrics.h_std?.[row]?.[column];
  return isNumber(mean) && deviation > 0 ? Math.abs(mean) / deviation : null;
});

function buildZigzag(body) {
  const kinds = [
    {
      title: "Sign coherence",
      name: "sign_coherence",
      values: (run) => (row) => asList(run.grid.metrics.sign_coherence?.[row]),
      y: { label: "↑ Sign coherence", low: 0, high: 1 }
    },
    { title: "|mean h| / std h", name: "h_mean", values: offCentre, y: { label: "↑ |mean h| / std h", low: 0 } },
  ];
  for (const kind of kinds) kind.all = runs.map((run) => layerSeries(run, kind.values(run)));
  for (const run of runs) {
    const off = new Set(), pair = make("div.pair"), charts = [], few = run.layers.length <= 12;
    if (several) body.append(runTitle(run));
    if (few && run.layers.length) body.append(legend(kinds[0].all[run.index], off, () => charts.forEach((one) => one?.repaint())));
    else if (run.layers.length) body.append(colourKey("Layer", sequential.slice(0, 7), { low: 1, high: run.layers.length, log: false }));
    body.append(pair);
    for (const kind of kinds) {
      const high = kind.y.high ?? Math.min(20, extent(kind.all.flat().map((one) => one.y))?.[1] ?? 1) * 1.05;
      charts.push(lineChart(pair, {
        title: kind.title,
        x: { label: "Step", whole: true },
        y: { ...kind.y, high },
        off,
        series: kind.all[run.index],
        height: several ? 200 : 260,
        empty: `${kind.title} was not recorded.`
      }));
    }
  }
}
