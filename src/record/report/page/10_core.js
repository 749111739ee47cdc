// The words that every panel uses: making elements, writing numbers, values that tell when they change, and the runs themselves.
// Text from the data reaches the page as text nodes only, never as markup.

const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const isNumber = Number.isFinite;

// An element by "tag.class.class", its attributes (with `on` for listeners and `style` for style properties) and its children.
const make = (kind, ...rest) => furnish((tag) => document.createElement(tag), kind, rest);

// The same for SVG, which is decoration: the elements around it say what is to be seen.
const draw = (kind, ...rest) => furnish((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag), kind, rest);

const button = (text, click, attributes) => make("button", { type: "button", ...attributes, on: { click } }, text);

function furnish(create, kind, rest) {
  const [tag, ...classes] = kind.split("."), node = create(tag),
              isChild = (part) => !part || typeof part !== "object" || part instanceof Node || Array.isArray(part);
  const { on = {}, style = {}, ...attributes } = isChild(rest[0]) ? {} : rest.shift();
  if (classes.length) node.classList.add(...classes);
  for (const [name, value] of Object.entries(attributes))
    if (value || value === 0 || value === "") node.setAttribute(name, value === true ? "" : value);
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  for (const [property, setting] of Object.entries(style)) node.style.setProperty(property, setting);
  node.append(...rest.flat().filter((child) => child || child === 0 || child === ""));
  return node;
}

// Three digits, as a reader wants them: 0.0123, 12,300, 1.23e-7.
function number(value) {
  if (!isNumber(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= 1e7) return value.toExponential(2).replace("e+", "e");
  if (Number.isInteger(value) || size >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}

const percent = (value) => (isNumber(value) ? `${Number((100 * value).toPrecision(value > 0.9995 && value < 1 ? 4 : 3))} %` : "–");
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

// "1-4, 7" of [1, 2, 3, 4, 7].
function ranges(values) {
  const parts = [];
  for (const value of values) {
    const last = parts[parts.length - 1];
    if (last && value === last[1] + 1) last[1] = value;
    else parts.push([value, value]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(", ");
}

// Smallest and largest of the finite numbers for which `keep` holds; null where there are none. Any length.
function extent(lists, keep = () => true) {
  let low = Infinity, high = -Infinity;
  for (const list of lists) {
    for (const value of list) {
      if (!isNumber(value) || !keep(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

// The mean of the finite numbers, null of none.
function average(values) {
  const known = values.filter(isNumber);
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}

// "490,000 times less" and "3.2 times more", of a ratio.
const timesWords = (ratio, less, more) =>
  `${number(Number((ratio < 1 ? 1 / ratio : ratio).toPrecision(2)))} times ${ratio < 1 ? less : more}`;

const lastFinite = (list) => list.filter(isNumber).at(-1);

// The place in a rising list that is nearest to the value.
function nearest(list, value) {
  let low = 0, high = list.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle] > value) high = middle;
    else low = middle;
  }
  return list.length > 1 && Math.abs(list[high] - value) < Math.abs(list[low] - value) ? high : low;
}

// A value that tells those who depend on it, as long as their element is on the page.
function signal(value) {
  let listeners = [];
  return {
    get: () => value,
    set(next) {
      if (next === value) return;
      value = next;
      listeners = listeners.filter(({ node }) => node.isConnected);
      for (const { listener } of [...listeners]) listener(value);
    },
    listen(node, listener) { listeners.push({ node, listener }); },
  };
}

// Says a sentence to screen readers, once the reader has stopped moving.
const announce = (() => {
  let timer = 0;
  return (sentence) => {
    clearTimeout(timer);
    timer = setTimeout(() => { byId("live").textContent = sentence; }, 150);
  };
})();

// A command in a box with a button that copies it.
function command(text) {
  // Each word is a box, so that lines break at spaces alone and never inside "--depth".
  const code = make("code", { tabindex: "0" }, text.split(" ").flatMap((word, index) => [index ? " " : "", make("span", word)]));
  const copy = button("Copy", async () => {
    copy.textContent = (await copied(text, code)) ? "Copied" : "Selected";
    setTimeout(() => { copy.textContent = "Copy"; }, 1600);
  }, { "aria-label": `Copy the command ${text}` });
  return make("div.command", code, copy);
}

// Pages opened from disk may lack the clipboard: then the text is selected, and copied if the browser still does that.
async function copied(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
}

const missing = (sentence) => make("p.missing", sentence);

// Says what the template has to say of a section for which the run has nothing.
const absent = (body) => body.append(missing(body.closest("section").dataset.missing));

// A labelled `<select>` of [value, text] pairs, bound to a signal.
function choice(label, options, chosen, extra = {}) {
  const select = make("select", { ...extra, on: { change: () => chosen.set(options[select.selectedIndex][0]) } },
    options.map(([value, text]) => make("option", { value }, text)));
  const show = () => { select.selectedIndex = options.findIndex(([value]) => value === chosen.get()); };
  show();
  chosen.listen(select, show);
  return make("label.control", make("span", label), select);
}

// A labelled check box; `change` hears true or false.
function tick(label, change) {
  const box = make("input", { type: "checkbox", on: { change: () => change(box.checked) } });
  return make("label.control", box, make("span", label));
}

let data = {};
try {
  data = JSON.parse(byId("data").textContent);
} catch (error) { byId("glance").append(missing(`The data in this page cannot be read: ${error.message}`)); }

const colours = 6;  // further runs repeat them with dashes
const asList = (value) => (Array.isArray(value) ? value : []);

// A run in which every part is there, be it empty, so that panels need not ask.
function whole(run, index) {
  const grid = { ...run.grid, step: asList(run.grid?.step), metrics: run.grid?.metrics ?? {} };
  const lists = (record, ...names) => Object.fromEntries(names.map((name) => [name, asList(record?.[name])]));
  return {
    ...run,
    index,
    grid,
    name: String(run.name || `run ${index + 1}`),
    colour: `var(--c${(index % colours) + 1})`,
    dash: index >= colours ? "5 3" : null,
    config: run.config ?? {},
    about: run.about ?? {},
    result: run.result ?? null,
    diagnoses: asList(run.diagnoses),
    layers: asList(run.layers),
    steps: lists(run.steps, "step", "train_loss", "train_accuracy", "learning_rate"),
    epochs: lists(run.epochs, "epoch", "step", "train_loss", "test_loss", "test_accuracy"),
    histograms: lists(run.histograms, "steps", "layers"),
    units: lists(run.units, "probes", "layers"),
  };
}

const runs = asList(data.runs).map(whole);
const several = runs.length > 1;

const runTitle = (run) => make("h3.run", swatch(run.colour, run.dash), run.name);

// The rows of a metric, one for each layer, or null when it was not recorded.
function metric(run, name) {
  const rows = asList(run.grid.metrics[name]);
  return rows.some((row) => asList(row).some(isNumber)) ? rows.map(asList) : null;
}

// A metric of all layers at one logged step.
const profile = (run, name, column) => asList(run.grid.metrics[name]).map((row) => row?.[column] ?? null);

// "1 relu", "11 output".
const layerName = (run, row) => {
  const layer = run.layers[row];
  return `${layer?.layer ?? row + 1} ${layer?.activation || (row === run.layers.length - 1 ? "output" : "linear")}`;
};

// By what RMS delta is multiplied a layer on the way back: the geometric mean from the last hidden layer to the first. Layers
// without an activation do not take part; null with fewer than two others.
function deltaFactor(run, column) {
  const deltas = profile(run, "delta_rms", column).filter((value, row) => isNumber(value) && run.layers[row]?.activation);
  return deltas.length > 1 && deltas.at(-1) > 0 ? (deltas[0] / deltas.at(-1)) ** (1 / (deltas.length - 1)) : null;
}

// What the reader has chosen; panels that show one run, one layer or one step follow it together. The moment is a place among the
// steps of the histograms, at first the last one.
const chosen = {
  run: signal(0),
  layer: signal(0),
  moment: signal(Infinity),
  tensor: signal("z")
};

// The number of the chosen layer in a run; undefined in one that has fewer.
const layerNow = (run) => run.layers[chosen.layer.get()]?.layer;
