// The frame of every chart: title, legend, plot, read-out under the pointer or the arrow keys, caption, and a table of the numbers.
//
// A chart is a description: `paint(sheet)` draws and returns what can be read from the drawing:
//   locate(x, y)      the spot under the pointer, or null
//   move(spot, x, y)  the spot so many steps further; without a spot, the first one or, backwards, the last
//   read(spot)        { x, y, title, rows: [{ colour, dash, name, value }], mark }; `mark` is laid over the plot
// Further: `summary()` says the content in a sentence, `numbers()` gives { head, rows } of the table. Coordinates are design pixels, of
// which there are fewer than page pixels where the page's letters are larger.

const painted = [];
const within = (index, count) => Math.max(0, Math.min(count - 1, index));
const line = (kind, x1, y1, x2, y2) => draw("line", { class: kind, x1, y1, x2, y2 });
const lettering = (kind, x, y, text, anchor = "middle") => draw("text", { class: kind, x, y, "text-anchor": anchor }, text);

function chart(host, description) {
  const plot = make("div.plot", { role: "img", tabindex: "0" }), readout = make("div.readout", { hidden: true });
  const figure = make("figure.chart", { id: description.id }, make("figcaption", make("h3", description.title), description.controls),
    description.legend, plot, description.look && make("p.look", description.look), numbersTable(description));
  host.append(figure);
  let view = null, spot = null, painted_width = 0, overlay = null;

  function repaint() {
    painted_width = plot.clientWidth;
    if (!painted_width) return;
    const width = painted_width / unit(), height = description.height ?? 260;
    const layer = () => draw("svg", { viewBox: `0 0 ${width} ${height}` }), svg = layer();
    overlay = layer();
    plot.style.height = `${height * unit()}px`;
    plot.replaceChildren(svg, overlay, readout);
    view = description.paint({ plot, svg, width, height });
    plot.setAttribute("aria-label", `${description.title}. ${description.summary()} Arrow keys read values.`);
    show(false);
  }

  function show(aloud) {
    const reading = spot && view?.read(spot);
    overlay?.replaceChildren(...(reading?.mark ?? []));
    readout.hidden = !reading;
    if (!reading) return;
    fillReadout(readout, reading, painted_width);
    if (aloud) announce(`${reading.title}. ${reading.rows.map((row) => `${row.name} ${row.value}`).join(", ")}`);
  }

  const put = (next, aloud) => {
    spot = next;
    show(aloud);
  };
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    put(view?.locate((event.clientX - box.left) / unit(), (event.clientY - box.top) / unit()) ?? null, false);
  });
  for (const end of ["pointerleave", "blur"]) plot.addEventListener(end, () => put(null, false));
  plot.addEventListener("keydown", (event) => {
    const stride = event.shiftKey ? 10 : 1, far = 1e9;
    const way = {
      ArrowLeft: [-stride, 0],
      ArrowRight: [stride, 0],
      ArrowUp: [0, stride],
      ArrowDown: [0, -stride],
      Home: [-far, 0],
      End: [far, 0]
    }[event.key];
    if (event.key === "Escape") put(null, false);
    if (!way || !view) return;
    event.preventDefault();
    put(view.move(spot ?? (Math.abs(way[0]) === far ? view.move(null, 1, 0) : null), ...way), true);
  });
  new ResizeObserver(() => {
    if (plot.clientWidth !== painted_width) repaint();
  }).observe(plot);
  painted.push({ plot, repaint });
  repaint();
  return { figure, repaint };
}

// Reading along the horizontal axis: `places` rise, `read(index, y)` tells what is there.
const readAlong = (places, read) => ({
  locate: (x, y) => (places.length ? { at: nearest(places, x), y } : null),
  move(spot, dx) {
    if (!places.length) return null;
    const first = dx < 0 ? places.length - 1 : 0;
    return { at: within(spot ? spot.at + dx : first, places.length) };
  },
  read: ({ at, y }) => read(at, y),
});

// Ticks of a scale as [place, text]; `axis` may bring its own `text(value)` or ask for whole numbers.
function ticksOf(axis, scale, spacing) {
  const ticks = scale.ticks(Math.max(2, Math.floor(Math.abs(scale.end - scale.start) / spacing)));
  return ticks.filter((tick) => !axis.whole || Number.isInteger(tick)).map((tick) => [scale(tick), (axis.text ?? tickText)(tick, scale.log)]);
}

// Lines, ticks and labels around a box; both axes are { label, ticks }.
function drawAxes({ svg, width, height }, box, x, y) {
  for (const [place, text] of y.ticks) {
    if (!y.bare) svg.append(line("grid", box.left, place, box.right, place));
    svg.append(lettering("tick", box.left - 8, place + 4, text, "end"));
  }
  for (const [place, text] of x.ticks) {
    svg.append(line("axis", place, box.bottom, place, box.bottom + 5),
      lettering("tick", Math.min(place, width - 3.4 * text.length), box.bottom + 18, text));
  }
  svg.append(line("axis", box.left, box.bottom, box.right, box.bottom), lettering("label", 0, 11, y.label, "start"),
    lettering("label", box.right, height - 4, `${x.label} →`, "end"));
}

// The box that leaves room for the longest of the texts on its left.
const boxFor = ({ width, height }, texts) =>
  ({ left: 14 + 7 * texts.reduce((most, text) => Math.max(most, text.length), 2), right: width - 10, top: 26, bottom: height - 40 });

// Canvases take their colours when they are painted: paint again what is still on the page.
function repaintAll() {
  for (let i = painted.length - 1; i >= 0; --i) {
    if (painted[i].plot.isConnected) painted[i].repaint();
    else painted.splice(i, 1);
  }
}

const swatch = (colour, dash) => draw("svg.swatch", { viewBox: "0 0 18 10" },
  draw("line", { x1: 1, x2: 17, y1: 5, y2: 5, "stroke-dasharray": dash, style: { stroke: colour } }));

function fillReadout(readout, reading, width) {
  readout.replaceChildren(make("strong", reading.title),
    ...reading.rows.map(
      (row) => make("div", make("span", row.colour ? swatch(row.colour, row.dash) : null, row.name), make("b", row.value))));
  const x = reading.x * unit(), gap = 14 * unit(), wide = readout.offsetWidth;
  readout.style.left = `${Math.max(0, Math.min(x > width / 2 ? x - gap - wide : x + gap, width - wide))}px`;
  readout.style.top = `${Math.max(0, reading.y) * unit()}px`;
}

const shownRows = 400;

// The numbers behind a chart, written when the reader opens them: thinned in the table, complete in the copy.
function numbersTable(description) {
  if (!description.numbers) return null;
  const details = make("details.numbers", make("summary", "Numbers"));
  details.addEventListener("toggle", () => {
    while (details.children.length > 1) details.lastChild.remove();
    if (!details.open) return;
    const { head, rows } = description.numbers();
    const stride = Math.ceil(rows.length / shownRows);
    const hidden = make("pre.unseen"), copy = button("Copy as CSV", async () => {
      hidden.textContent = [head, ...rows].map((row) => row.map((cell) => String(cell ?? "").replaceAll(",", ";")).join(",")).join("\n");
      copy.textContent = (await copied(hidden.textContent, hidden)) ? "Copied" : "The browser forbids copying";
      hidden.textContent = "";
    });
    const note = stride > 1 ? `Every ${stride}th of ${number(rows.length)} rows; the copy has all of them.` : plural(rows.length, "row");
    details.append(make("p.tools", copy, make("span", note)), hidden,
      plainTable(head, stride > 1 ? rows.filter((_, index) => index % stride === 0) : rows));
  });
  return details;
}

// Whatever is too wide or too long scrolls inside its region.
const table = (label, heads, body, kind = "div.scroll") =>
  make(kind, { tabindex: "0", role: "region", "aria-label": label }, make("table", make("thead", make("tr", heads)), body));

function plainTable(head, rows) {
  const cell = (value) => make("td", typeof value === "number" || value === null ? number(value) : value);
  return table("Table of numbers", head.map((name) => make("th", { scope: "col" }, name)),
    make("tbody", rows.map((row) => make("tr", row.map(cell)))));
}

// A table whose columns sort: `columns` are { name, value(row), text(row), tip }; `text` may give an element.
function sortableTable(label, columns, rows) {
  const body = make("tbody");
  let by = -1, down = false;
  function fill() {
    const order = [...rows];
    if (by >= 0) order.sort((a, b) => compare(columns[by].value(a), columns[by].value(b)) * (down ? -1 : 1));
    body.replaceChildren(...order.map((row) => make("tr", columns.map(({ value, text }, place) =>
      make(place ? "td" : "th", { scope: place ? null : "row" }, text ? text(row) : number(value(row)))))));
    heads.forEach((head, place) => head.setAttribute("aria-sort", place !== by ? "none" : down ? "descending" : "ascending"));
  }
  const heads = columns.map((column, place) => {
    const sort = () => {
      down = by === place && !down;
      by = place;
      fill();
    };
    return make("th", { scope: "col" }, button(column.name, sort, { title: column.tip }));
  });
  fill();
  return table(label, heads, body, "div.scroll.sortable");
}

// Numbers by size and missing ones last; words by the alphabet.
function compare(a, b) {
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b, "en", { numeric: true });
  return (isNumber(a) ? a : Infinity) - (isNumber(b) ? b : Infinity) || 0;
}

// Legend buttons switch a series on and off; `entries` are { name, colour, dash }, `off` is the set of the names that are off.
function legend(entries, off, change) {
  return make("div.legend", { role: "group", "aria-label": "Series shown" }, entries.map(({ name, colour, dash }) => {
    const one = button(name, () => {
      if (!off.delete(name)) off.add(name);
      one.setAttribute("aria-pressed", String(!off.has(name)));
      change();
    }, { "aria-pressed": "true" });
    one.prepend(swatch(colour, dash));
    return one;
  }));
}
