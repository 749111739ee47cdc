// Heat maps on a canvas: rows from the bottom up, columns by their step, a colour scale with ticks, a cell read out.

// Cells as [red, green, blue] or null (hatched) in a small picture that is then stretched over the plot.
function cellPicture(columns, rows, colourOf) {
  const canvas = make("canvas");
  canvas.width = Math.max(1, columns);
  canvas.height = Math.max(1, rows);
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  for (let row = 0; row < rows; ++row) {
    for (let column = 0; column < columns; ++column) {
      const colour = colourOf(row, column);
      if (colour) image.data.set([...colour, 255], 4 * ((rows - 1 - row) * columns + column));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// A canvas in design pixels, sharp on any screen.
function sharpCanvas(width, height) {
  const canvas = make("canvas"), ratio = unit() * (devicePixelRatio || 1), context = canvas.getContext("2d");
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  context.scale(ratio, ratio);
  context.imageSmoothingEnabled = false;
  return { canvas, context };
}

function hatch(context, { left, right, top, bottom }) {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  context.strokeStyle = styled("--shade");
  context.lineWidth = 0.7;
  context.beginPath();
  for (let place = left - (bottom - top); place < right; place += 6) {
    context.moveTo(place, bottom);
    context.lineTo(place + bottom - top, top);
  }
  context.stroke();
  context.restore();
}

// Names of rows, as many as have room for 13 pixels, always with the first one.
const rowTicks = (names, box, high) =>
  names.map((name, row) => [box.bottom - (row + 0.5) * high, name]).filter((_, row) => row % Math.ceil(13 / high) === 0);

// Draws { steps, rows: names from the bottom up, colourOf(row, column), words(row, column): rows of the read-out, titleOf, flags:
// [[row, column]], label, bare: without names and lines }. A column reaches from its step to the next; the last is as wide as the one
// before, or a fortieth of all, so that the axis does not go far beyond the run.
function paintCells(sheet, map) {
  const { steps } = map, count = map.rows.length, box = boxFor(sheet, map.bare ? [] : map.rows),
                high = (box.bottom - box.top) / Math.max(1, count);
  const last = steps.at(-1), width = steps.length > 1 ? Math.min(last - steps.at(-2), Math.max(1, (last - steps[0]) / 40)) : 1;
  const scale = linear(steps[0], last + width, box.left, box.right),
        edges = [...steps.map(scale), box.right];
  const { canvas, context } = sharpCanvas(sheet.width, sheet.height), picture = cellPicture(steps.length, count, map.colourOf);
  hatch(context, box);
  steps.forEach((_, column) => context.drawImage(
                  picture, column, 0, 1, count, edges[column], box.top, edges[column + 1] - edges[column] + 0.4, box.bottom - box.top));
  context.fillStyle = styled("--alarm");
  for (const [row, column] of map.flags ?? [])
    context.fillRect(edges[column], box.bottom - (row + 1) * high, Math.max(2, edges[column + 1] - edges[column] + 0.4), high);
  context.strokeStyle = styled("--paper");
  if (high > 7 && !map.bare)
    for (let row = 1; row < count; ++row) context.strokeRect(box.left - 1, box.top + row * high, box.right - box.left + 2, 0);
  sheet.plot.prepend(canvas);
  drawAxes(sheet, box, { label: "Step", ticks: ticksOf({ whole: true }, scale, 80) },
    { label: map.label, bare: true, ticks: map.bare ? [] : rowTicks(map.rows, box, high) });
  return readCells(sheet, map, box, edges, high);
}

function readCells(sheet, map, box, edges, high) {
  const rows = map.rows.length, columns = map.steps.length;
  return {
    locate: (x, y) => (x < box.left || x > box.right || y < box.top || y > box.bottom ? null : {
      column: within(edges.findIndex((place) => place > x) - 1, columns),
      row: within(Math.floor((box.bottom - y) / high), rows)
    }),
    move(spot, dx, dy) {
      if (!spot) return { column: dx < 0 ? columns - 1 : 0, row: 0 };
      return { column: within(spot.column + dx, columns), row: within(spot.row + dy, rows) };
    },
    read({ column, row }) {
      const x = edges[column], y = box.bottom - (row + 1) * high;
      const frame = { x: x - 1, y: y - 1, width: Math.max(3, edges[column + 1] - x) + 2, height: Math.max(2, high) + 2, rx: 2 };
      return {
        x: x + frame.width / 2,
        y: Math.min(y, sheet.height - 80),
        title: map.titleOf(row, column),
        rows: map.words(row, column),
        mark: [draw("rect.cell", frame), draw("rect.cell.inner", frame)],
      };
    },
  };
}

let gradients = 0;

// The colour scale of a heat map, as a strip with ticks.
function colourKey(label, stops, { low, high, log, text }) {
  const name = `stops-${++gradients}`, scale = (log ? logarithmic : linear)(low, high, 10, 250);
  const ticks = ticksOf({ text }, scale,
    50).flatMap(([place, words]) => [line("axis", place, 23, place, 27), lettering("tick", Math.min(248, place), 38, words)]);
  return draw("svg.key", { viewBox: "0 0 260 42", role: "img", "aria-label": `Colour scale, ${label}` },
    draw(
      "linearGradient", { id: name }, stops.map((stop, at) => draw("stop", { offset: at / (stops.length - 1), "stop-color": css(stop) }))),
    lettering("label", 10, 9, label, "start"), draw("rect", { x: 10, y: 14, width: 240, height: 9, rx: 2, fill: `url(#${name})` }), ticks);
}
