// Line charts: several curves over one horizontal axis, linear or logarithmic, with a crosshair that reads all of them.

// Box and scales for two axes of { label, low, high, log, text, whole }, with everything around the box drawn.
function axes(sheet, x, y) {
  const scaleOf = (axis, from, to) => (axis.log ? logarithmic : linear)(axis.low, axis.high, from, to), shape = boxFor(sheet, []);
  const sy = scaleOf(y, shape.bottom, shape.top), yTicks = ticksOf(y, sy, 34), box = boxFor(sheet, yTicks.map(([, text]) => text));
  const sx = scaleOf(x, box.left, box.right);
  drawAxes(sheet, box, { ...x, ticks: ticksOf(x, sx, 80) }, { ...y, ticks: yTicks });
  return { svg: sheet.svg, box, x: sx, y: sy };
}

// The path of a curve. Where points share a pixel, it shows its lowest and highest: no peak is lost.
function path(xs, ys, sx, sy) {
  const parts = [];
  let pen = false, column = null, low = 0, high = 0;
  const put = (place, value) => {
    parts.push(`${pen ? "L" : "M"}${place.toFixed(1)} ${value.toFixed(1)}`);
    pen = true;
  };
  const flush = () => {
    if (column === null) return;
    put(column, low);
    if (high !== low) put(column, high);
    column = null;
  };
  for (let i = 0; i < xs.length; ++i) {
    const place = sx(xs[i]), value = isNumber(ys[i]) ? sy(ys[i]) : NaN;
    if (!isNumber(place) || !isNumber(value)) {
      flush();
      pen = false;
      continue;
    }
    if (column !== null && Math.floor(place) === Math.floor(column)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      continue;
    }
    flush();
    [column, low, high] = [place, value, value];
  }
  flush();
  return parts.join("");
}

// The mean of the values around each place: what the eye should follow when single batches jump.
function smoothed(values) {
  const reach = Math.floor(values.length / 80);
  if (reach < 1) return null;
  const sums = [0], counts = [0];
  for (const value of values) {
    sums.push(sums.at(-1) + (isNumber(value) ? value : 0));
    counts.push(counts.at(-1) + (isNumber(value) ? 1 : 0));
  }
  return values.map((value, i) => {
    const from = Math.max(0, i - reach), to = Math.min(values.length, i + reach + 1), count = counts[to] - counts[from];
    return isNumber(value) && count ? (sums[to] - sums[from]) / count : null;
  });
}

// What may change is given as a function.
const resolve = (given) => (typeof given === "function" ? given() : given);

// `series` are { name, group, x, y, colour, dash, points, smooth, quiet }; `group` is the legend button they belong to. `x` and `y` are
// { label, log, low, high, text, whole }. A group in `off` is hidden.
function lineChart(host, { series, x, y, off = new Set(), empty, ...rest }) {
  const list = () => resolve(series).filter((one) => !off.has(one.group ?? one.name));
  if (!resolve(series).some((one) => !one.quiet && one.y.some(isNumber))) {
    host.append(make("figure.chart", make("figcaption", make("h3", rest.title)), missing(empty ?? "Nothing was recorded.")));
    return null;
  }
  return chart(host, {
    paint: (sheet) => paintLines(sheet, list(), resolve(x), resolve(y)),
    summary: () => list().filter((one) => !one.quiet).slice(0, 14).map((one) => summaryOf(one, resolve(y))).join(" "),
    numbers: () => lineNumbers(list(), resolve(x)),
    ...rest,
  });
}

function summaryOf(one, y) {
  const range = extent([one.y]), say = y.text ?? number;
  return range ? `${one.name}: from ${say(range[0])} to ${say(range[1])}, last ${say(lastFinite(one.y))}.` : `${one.name}: no number.`;
}

function lineNumbers(list, x) {
  const steps = [...new Set(list.flatMap((one) => one.x))].sort((a, b) => a - b);
  const maps = list.map((one) => new Map(one.x.map((step, index) => [step, one.y[index] ?? null])));
  return {
    head: [x.label, ...list.map((one) => one.name)],
    rows: steps.map((step) => [step, ...maps.map((map) => map.get(step) ?? null)])
  };
}

function paintLines(sheet, list, x, y) {
  const wideX = extent(list.map((one) => one.x)) ?? [0, 1];
  const wideY = extent(list.map((one) => one.y), (value) => !y.log || value > 0) ?? (y.log ? [0.1, 1] : [0, 1]);
  const pad = (wideY[1] - wideY[0]) * 0.04;
  const frame = axes(sheet, { ...x, low: x.low ?? wideX[0], high: x.high ?? wideX[1] },
    { ...y, low: y.low ?? (y.log ? wideY[0] / 1.2 : wideY[0] - pad), high: y.high ?? (y.log ? wideY[1] * 1.2 : wideY[1] + pad) });
  for (const one of list) frame.svg.append(...curve(one, frame, y.log));
  const read = list.filter((one) => !one.quiet),
        stops = read.reduce((longest, one) => (one.x.length > longest.length ? one.x : longest), []);
  return readAlong(stops.map(frame.x), (at, py) => readLines(stops[at], py, read, frame, x, y));
}

function curve(one, frame, log) {
  const smooth = one.smooth && smoothed(one.y), style = { stroke: one.colour };
  const stroke = (kind, values) =>
    draw("path", { class: `curve ${kind}`, d: path(one.x, values, frame.x, frame.y), "stroke-dasharray": one.dash, style });
  const nodes = [stroke(one.quiet ? "quiet" : smooth ? "rough" : "", one.y)];
  if (smooth) nodes.push(stroke("", smooth));
  const finite = one.y.filter((value) => isNumber(value) && (!log || value > 0)).length;
  if ((one.points && finite <= 60) || finite === 1) {
    one.x.forEach((x, at) => {
      if (isNumber(one.y[at]) && isNumber(frame.y(one.y[at]))) nodes.push(dot(frame.x(x), frame.y(one.y[at]), one.colour, one.hollow));
    });
  }
  return nodes;
}

const dot = (cx, cy, colour, hollow) =>
  draw("circle", { class: hollow ? "dot hollow" : "dot", cx, cy, r: 3.6, style: hollow ? { stroke: colour } : { fill: colour } });

const mostRows = 12;  // of a read-out

function readLines(value, py, list, frame, x, y) {
  const { top, bottom } = frame.box, place = frame.x(value), middle = py ?? (top + bottom) / 2;
  let rows = list.filter((one) => one.x.length).map((one) => {
    const at = nearest(one.x, value), height = isNumber(one.y[at]) ? frame.y(one.y[at]) : NaN;
    return { one, at, height, far: isNumber(height) ? Math.abs(height - middle) : Infinity };
  });
  if (rows.length > mostRows) {  // the nearest to the pointer, in their order
    const near = new Set([...rows].sort((a, b) => a.far - b.far || 0).slice(0, mostRows));
    rows = rows.filter((row) => near.has(row));
  }
  const dots = rows.filter(({ height }) => isNumber(height)).map(({ one, at, height }) => dot(frame.x(one.x[at]), height, one.colour));
  return {
    x: place,
    y: top,
    mark: [line("cross", place, top, place, bottom), ...dots],
    title: `${x.label.toLowerCase()} ${number(value)}`,
    rows: rows.map(({ one, at }) => ({ colour: one.colour, dash: one.dash, name: one.name, value: (y.text ?? number)(one.y[at]) })),
  };
}
