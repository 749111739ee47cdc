// Pictures: the weights of the first layer, and the test images that were taken for something else.

const picture = (source) => (typeof source === "string" && source.startsWith("data:image/") ? source : null);

function buildWeights(body, run) {
  const source = picture(run.weights?.image);
  if (!source) return absent(body);
  const { tile, columns, shown, of, scale } = run.weights, text = `First-layer weights of ${shown} of ${plural(of, "unit")}`;
  body.append(make("figure.chart", make("figcaption", make("h3", text)),
    colourKey("Weight", ["2166ac", "ffffff", "b2182b"].map(channels), { low: -scale, high: scale, log: false }), make("img.sprite", {
      src: source,
      alt: `${text}, each ${tile} by ${tile} pixels, red positive and blue negative up to ${number(scale)}.`,
      style: { "--across": String(columns * (tile + 1)) }
    })));
}

function buildMistakes(body, run) {
  const source = picture(run.mistakes?.image), items = asList(run.mistakes?.items);
  if (!source || !items.length) return absent(body);
  const { wrong, of, columns, tile } = run.mistakes, few = 24, list = make("ul.mistakes");
  const show = (from, to) =>
    list.append(...items.slice(from, to).map((item, index) => mistake(run, item, from + index, { source, columns, tile })));
  const count = isNumber(wrong) ? `${number(wrong)} of ${number(of)} test images are wrong; here are ${items.length}.` : "";
  const bars = "The bars are the network’s probabilities, class 0 first: the label’s is blue, the one it chose is orange.";
  body.append(make("p.words", `${count} ${bars}`), list);
  show(0, few);
  if (items.length > few) {
    const more = button(`Show all ${items.length}`, () => {
      show(few, items.length);
      more.remove();
    });
    body.append(more);
  }
}

function mistake(run, { sample, label, predicted, scores }, index, { source, columns, tile }) {
  const name = (one) => String(asList(run.about.classes)[one] ?? one), row = Math.floor(index / columns), shares = asList(scores);
  const sure = `with ${percent(shares[predicted])}, the label has ${percent(shares[label])}`;
  const words = `Sample ${sample}: ${name(label)}, taken for ${name(predicted)} ${sure}.`;
  const colourOf = (one) => (one === label ? "var(--c1)" : one === predicted ? "var(--c2)" : "var(--shade)");
  const wide = 100 / Math.max(1, shares.length);
  return make("li", { title: words }, make("span.tile-picture", {
    role: "img",
    "aria-label": words,
    style: {
      "--columns": String(columns),
      "--x": String(index % columns),
      "--y": String(row),
      "background-image": `url("${source}")`,
      "image-rendering": tile < 64 ? "pixelated" : "auto"
    }
  }),
    draw("svg.scores", { viewBox: "0 0 100 30", preserveAspectRatio: "none" }, shares.map((share, one) => {
      const high = isNumber(share) ? Math.max(0.8, 30 * share) : 0;
      return draw("rect", { x: one * wide + 1, width: wide - 2, y: 30 - high, height: high, style: { fill: colourOf(one) } });
    })),
    make("span.verdict", make("b", name(label)), " → ", make("em", name(predicted))));
}
