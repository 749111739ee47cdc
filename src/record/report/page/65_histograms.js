// Histograms of z, h and delta in the bins of math/histogram_bin.hpp: two an octave on both sides of zero, and one for exact zeros.

const side = 128;  // bins on either side; bin 128 holds the zeros
const edge = (distance) => 2 ** (-40 + Math.floor((distance - 1) / 2)) * ((distance - 1) % 2 ? 1.5 : 1);

// Where a magnitude lies among the bins, as a distance from the middle with a fraction.
function distanceOf(magnitude) {
  const octave = Math.floor(Math.log2(magnitude)), part = magnitude / 2 ** octave;
  return 1 + 2 * (octave + 40) + (part - 1) * 2;
}

// One recorded histogram: its bins [bin, count], how many numbers, zeros and NaN; null when there is none.
function histogramAt(entry, moment) {
  const packed = entry?.at?.[moment];
  if (!Array.isArray(packed) || !Array.isArray(packed[1])) return null;
  const [first, counts, nan] = packed, bins = counts.map((count, index) => [first + index, count]).filter(([, count]) => count > 0);
  return { bins, total: bins.reduce((sum, [, count]) => sum + count, 0), zeros: counts[side - first] || 0, nan: nan || 0 };
}

const entryOf = (run, layer, tensor) => run.histograms.layers.find((entry) => entry.layer === layer && entry.tensor === tensor);
const momentOf = (run) => Math.min(chosen.moment.get(), run.histograms.steps.length - 1);

// The distances that the tensor's histograms reach: all its charts share them, so that they can be compared. The smallest numbers, 1 in
// 500 over all layers and steps, are left out of this reach: bars at its inner end hold them.
function reachOf(entries) {
  const tally = new Float64Array(side + 2);
  for (const entry of entries) {
    for (let moment = 0; moment < asList(entry.at).length; ++moment)
      for (const [bin, count] of histogramAt(entry, moment)?.bins ?? []) tally[Math.abs(bin - side)] += count;
  }
  tally[0] = 0;
  let far = side, near = 1, below = tally[1];
  while (far > 1 && !tally[far]) --far;
  for (const few = tally.reduce((sum, count) => sum + count, 0) / 500; near < far && below <= few; below += tally[near]) ++near;
  return far > 1 ? { near, far } : { near: 77, far: 84 };
}

// The histogram with what is nearer to zero than the reach put into the bins at its end.
function folded(histogram, { near }) {
  if (!histogram) return null;
  const bins = new Map();
  for (const [bin, count] of histogram.bins) {
    const at = bin === side || Math.abs(bin - side) >= near ? bin : side + Math.sign(bin - side) * near;
    bins.set(at, (bins.get(at) ?? 0) + count);
  }
  return { ...histogram, bins: [...bins] };
}

const highest = (histogram) =>
  (histogram?.bins ?? []).reduce((most, [bin, count]) => (bin === side ? most : Math.max(most, count / histogram.total)), 0);
const highestOf = (entry) => asList(entry.at).reduce((most, _, moment) => Math.max(most, highest(histogramAt(entry, moment))), 0) || 1;

// Bins to places: negative, zero (three bins wide), positive.
function binScale({ near, far }, left, right) {
  const count = far - near + 1, middle = 3, wide = (right - left) / (2 * count + middle);
  const distances = Array.from({ length: count }, (_, at) => near + at), behind = left + wide * (count + middle);
  return {
    bins: [...distances.map((distance) => side - distance).reverse(), side, ...distances.map((distance) => side + distance)],
    width: (bin) => (bin === side ? middle * wide : wide),
    place(bin) {
      if (bin === side) return left + wide * count;
      return bin < side ? left + wide * (far - side + bin) : behind + wide * (bin - side - near);
    },
    value(x) {
      if (x === 0) return left + wide * (count + middle / 2);
      return x < 0 ? left + wide * (count + near - distanceOf(-x)) : behind + wide * (distanceOf(x) - near);
    },
  };
}

const signClass = (bin) => (bin === side ? "bar zero" : bin < side ? "bar negative" : "bar positive");

const binWords = (bin) => {
  if (bin === side) return "exactly 0";
  const [low, high] = [0, 1].map((next) => number(edge(Math.abs(bin - side) + next)));
  return bin > side ? `${low} to ${high}` : `−${high} to −${low}`;
};

function paintHistogram(sheet, histogram, first, reach, most, tensor) {
  const box = boxFor(sheet, ["100 %"]), x = binScale(reach, box.left, box.right), y = linear(0, most * 1.08, box.bottom, box.top),
        middle = x.value(0);
  const powers =
    logTicks(edge(reach.near), edge(reach.far + 1), (box.right - box.left) / 110).filter((power) => x.value(power) - middle > 26);
  drawAxes(sheet, box, {
    label: `${tensor}, logarithmic to both sides`,
    ticks: [0, ...powers, ...powers.map((power) => -power)].map((value) => [x.value(value), tickText(value, true)])
  },
    { label: "↑ Share of the numbers in a bin", ticks: ticksOf({ text: percent }, y, 34) });
  const shares = new Map((histogram?.bins ?? []).map(([bin, count]) => [bin, count / histogram.total]));
  for (const [bin, share] of shares) {
    const top = y(Math.min(share, y.high)), wide = x.width(bin);
    sheet.svg.append(
      draw("rect", { class: signClass(bin), x: x.place(bin) + wide * 0.06, width: wide * 0.88, y: top, height: box.bottom - top }));
    if (share > y.high) sheet.svg.append(lettering("tick strong", middle, box.top - 6, `${percent(share)} zeros ↑`));
  }
  if (first) sheet.svg.append(draw("path.outline", { d: outline(first, x, y, box) }));
  return readAlong(x.bins.map((bin) => x.place(bin) + x.width(bin) / 2), (at) => {
    const bin = x.bins[at], share = shares.get(bin) ?? 0;
    return {
      x: x.place(bin) + x.width(bin) / 2,
      y: box.top,
      title: `${tensor} ${binWords(bin)}`,
      rows: [{ name: "share", value: percent(share) }, { name: "numbers", value: number(Math.round(share * (histogram?.total ?? 0))) }],
      mark: [draw("rect.band", { x: x.place(bin), y: box.top, width: x.width(bin), height: box.bottom - box.top })],
    };
  });
}

function outline({ bins, total }, x, y, { bottom }) {
  const counts = new Map(bins);
  return `M${x.place(x.bins[0])} ${bottom}${
    x.bins.map((bin) => `V${y(Math.min(y.high, (counts.get(bin) ?? 0) / total)).toFixed(1)}h${x.width(bin).toFixed(2)}`).join("")}V${
    bottom}`;
}

function histogramSentence(histogram, layer, tensor) {
  if (!histogram) return "No histogram was recorded here.";
  const rest = histogram.total + histogram.nan;
  return `${number(histogram.total)} values of ${tensor} in layer ${layer}: ${
    percent(histogram.zeros / Math.max(1, histogram.total))} are exactly 0, ${
    histogram.nan ? `${number(histogram.nan)} of ${number(rest)} are NaN.` : "none is NaN."}`;
}

function buildHistograms(body, run) {
  const tensors = [["z", "z, before the activation"], ["h", "h, after the activation"], ["delta", "delta, the gradient at z"]].filter(
    ([tensor]) => run.histograms.layers.some((entry) => entry.tensor === tensor));
  if (!tensors.length || !run.histograms.steps.length) return absent(body);
  if (!tensors.some(([tensor]) => tensor === chosen.tensor.get())) chosen.tensor.set(tensors[0][0]);
  const content = make("div");
  body.append(make("div.controls", choice("Tensor", tensors, chosen.tensor), layerChoice(run)),
    stepSlider("histogram-step", run.histograms.steps, chosen.moment, true), content);
  const show = () => {
    const tensor = chosen.tensor.get(), entries = run.histograms.layers.filter((entry) => entry.tensor === tensor),
          reach = reachOf(entries), words = make("p.words");
    const entry = () => entryOf(run, layerNow(run), tensor), now = () => histogramAt(entry(), momentOf(run));
    const tell = () => histogramSentence(now(), layerNow(run), tensor);
    content.replaceChildren(words);
    const one = chart(content, {
      title: "One layer",
      height: 280,
      summary: tell,
      paint: (sheet) => paintHistogram(
        sheet, folded(now(), reach), folded(histogramAt(entry(), 0), reach), reach, entry() ? highestOf(entry()) : 1, tensor),
      numbers: () => ({ head: ["Bin", "Numbers"], rows: (now()?.bins ?? []).map(([bin, count]) => [binWords(bin), count]) }),
    });
    const all = thumbnails(run, entries, reach), again = () => {
      words.textContent = tell();
      one.repaint();
      all.repaint();
    };
    content.append(all.node);
    words.textContent = tell();
    chosen.moment.listen(words, again);
    chosen.layer.listen(words, again);
  };
  show();
  chosen.tensor.listen(content, show);
}

const layerChoice = (run) => choice("Layer", run.layers.map((_, row) => [row, layerName(run, row)]), chosen.layer);

// All layers as small pictures that share both axes; a press chooses the layer. Of very deep networks, 48 evenly spread ones.
function thumbnails(run, entries, reach) {
  const stride = Math.ceil(entries.length / 48), shown = entries.filter((_, index) => index % stride === 0);
  const most = shown.reduce((high, entry) => Math.max(high, highestOf(entry)), 0), x = binScale(reach, 0, 120), y = linear(0, most, 50, 2);
  const row = (entry) => run.layers.findIndex((layer) => layer.layer === entry.layer);
  const cells = shown.map((entry) => {
    const picture = draw("svg", { viewBox: "0 0 120 50", preserveAspectRatio: "none" });
    return { entry, picture, press: button(layerName(run, row(entry)), () => chosen.layer.set(row(entry))) };
  });
  function repaint() {
    for (const { entry, picture, press } of cells) {
      const histogram = folded(histogramAt(entry, momentOf(run)), reach);
      picture.replaceChildren(...(histogram?.bins ?? []).map(([bin, count]) => {
        const top = y(Math.min(most, count / histogram.total));
        return draw("rect", { class: signClass(bin), x: x.place(bin), width: x.width(bin), y: top, height: 50 - top });
      }));
      press.setAttribute("aria-pressed", String(row(entry) === chosen.layer.get()));
    }
  }
  for (const { picture, press } of cells) press.prepend(picture);
  repaint();
  return {
    repaint,
    node: make("div", make("h3", stride > 1 ? `Every ${stride}th layer, input first` : "All layers, input first"),
      make("div.thumbnails", cells.map(({ press }) => press)))
  };
}
