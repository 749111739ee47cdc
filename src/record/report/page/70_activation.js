// The activation: f and f' over the z that it is really given, and what its property card says.

// The density of z over x: counts of logarithmic bins spread evenly inside each bin, summed in equal cells of a linear axis.
function density(histogram, low, high, cells) {
  const values = new Float64Array(cells), wide = (high - low) / cells;
  let outside = 0;
  for (const [bin, count] of histogram.bins) {
    const distance = Math.abs(bin - side), sign = bin < side ? -1 : 1, share = count / histogram.total;
    const [a, b] = bin === side ? [0, 0] : [sign * edge(distance), sign * edge(distance + 1)].sort((p, q) => p - q);
    const first = Math.floor((a - low) / wide), last = Math.floor((b - low) / wide);
    for (let cell = Math.max(0, first); cell <= Math.min(cells - 1, last); ++cell) {
      const overlap = Math.min(b, low + (cell + 1) * wide) - Math.max(a, low + cell * wide);
      values[cell] += first === last ? share : (share * overlap) / (b - a);
    }
    if (b > low && a < high) outside += first === last ? 0 : (share * (Math.max(0, low - a) + Math.max(0, b - high))) / (b - a);
    else outside += share;
  }
  return { values: values.map((value) => value / wide), wide, outside };
}

// RMS of f' over the z of a histogram: the factor that the activation puts on the gradient here.
function slopeOver(histogram, { x, df }) {
  let sum = 0;
  for (const [bin, count] of histogram.bins) {
    const distance = Math.abs(bin - side), z = bin === side ? 0 : Math.sign(bin - side) * (edge(distance) + edge(distance + 1)) / 2;
    const slope = df[nearest(x, z)];
    if (isNumber(slope)) sum += count * slope * slope;
  }
  return Math.sqrt(sum / Math.max(1, histogram.total));
}

function buildActivation(body, run) {
  const about = run.activation;
  if (!about || !asList(about.x).length) return absent(body);
  const off = new Set(), columns = make("div.aside"), left = make("div"), words = make("p.words");
  const histogram = () => (run.histograms.steps.length ? histogramAt(entryOf(run, layerNow(run), "z"), momentOf(run)) : null);
  const entries = [
    { name: "f", colour: "var(--c1)" }, { name: "f′", colour: "var(--c2)", dash: "6 4" }, { name: "density of z", colour: "var(--shade)" }
  ];
  const spread = run.histograms.steps.length > 0;
  if (spread) body.append(make("div.controls", layerChoice(run)), stepSlider("activation-step", run.histograms.steps, chosen.moment, true));
  body.append(columns);
  columns.append(left, card(about));
  const one = chart(left, {
    title: `${about.name}: ${about.formula}`,
    height: 320,
    legend: legend(spread ? entries : entries.slice(0, 2), off, () => one.repaint()),
    paint: (sheet) => paintActivation(sheet, about, off, off.has("density of z") ? null : histogram()),
    summary: () =>
      `f and its derivative from ${number(about.x[0])} to ${number(about.x.at(-1))}. ${activationSentence(about, histogram(), run)}`,
    numbers: () => ({ head: ["x", "f", "f′"], rows: about.x.map((x, index) => [x, about.f[index] ?? null, about.df[index] ?? null]) }),
  });
  left.append(words);
  const tell = () => { words.textContent = activationSentence(about, histogram(), run); };
  tell();
  for (const one_of of [chosen.moment, chosen.layer])
    one_of.listen(words, () => {
      one.repaint();
      tell();
    });
}

function activationSentence(about, histogram, run) {
  if (!histogram || !run.layers[chosen.layer.get()]?.activation) return "No activation is applied here, or no z was recorded.";
  const { outside } = density(histogram, about.x[0], about.x.at(-1), 100);
  return `Layer ${run.layers[chosen.layer.get()].layer}, step ${
    number(run.histograms.steps[momentOf(run)])}: over these z the root mean square of f′ is ${number(slopeOver(histogram, about))}${
    outside > 0.0005 ? `; ${percent(outside)} of them lie beyond the axis` : ""}.`;
}

function paintActivation(sheet, about, off, histogram) {
  const curves = [["f", about.f, "var(--c1)", null], ["f′", about.df, "var(--c2)", "6 4"]].filter(([name]) => !off.has(name));
  const range = extent(curves.map(([, values]) => values)) ?? [0, 1], pad = (range[1] - range[0]) * 0.06;
  const frame = axes(
    sheet, { label: "z", low: about.x[0], high: about.x.at(-1) }, { label: "↑ f(z), f′(z)", low: range[0] - pad, high: range[1] + pad });
  if (histogram) {
    const cells = 120, { values } = density(histogram, about.x[0], about.x.at(-1), cells), most = extent([values])[1] || 1;
    const high = (frame.box.bottom - frame.box.top) * 0.75, wide = (frame.box.right - frame.box.left) / cells;
    const d = [...values].map((value) => `V${(frame.box.bottom - (high * value) / most).toFixed(1)}h${wide}`).join("");
    frame.svg.prepend(draw("path.density", { d: `M${frame.box.left} ${frame.box.bottom}${d}V${frame.box.bottom}Z` }));
  }
  const { left: x0, right: x1, top, bottom } = frame.box, zero = { x: frame.x(0), y: frame.y(0) };
  if (zero.y > top && zero.y < bottom) frame.svg.append(line("axis", x0, zero.y, x1, zero.y));
  if (zero.x > x0 && zero.x < x1) frame.svg.append(line("axis", zero.x, top, zero.x, bottom));
  const series = curves.map(([name, values, colour, dash]) => ({ name, x: about.x, y: asList(values), colour, dash }));
  for (const one of series) frame.svg.append(...curve(one, frame, false));
  return readAlong(about.x.map(frame.x), (at, py) => readLines(about.x[at], py, series, frame, { label: "z" }, {}));
}

const card = (about) =>
  make("dl.pairs", asList(about.card).map(([name, value]) => make("div", make("dt", String(name)), make("dd", String(value)))));
