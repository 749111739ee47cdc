// From numbers to places and colours: linear and logarithmic scales with their ticks, and colour maps for heat maps.

const superscript = (text) => text.replace(/./g, (digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]);

// 10⁻⁴ for powers of ten, otherwise short.
function tickText(value, log) {
  const power = Math.round(Math.log10(Math.abs(value)));
  const isPower = value !== 0 && Math.abs(Math.abs(value) / 10 ** power - 1) < 1e-9;
  if (log && isPower && (power < -2 || power > 3)) return `${value < 0 ? "−" : ""}10${superscript(String(power))}`;
  return number(value).replace("-", "−");
}

function linearTicks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((multiple) => multiple * power >= rough * 0.999) * power;
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9), ticks = [];
  for (let i = first; i <= last; ++i) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

// Powers of ten, every second or third one where there are many; with 2 and 5 between where there are few.
function logTicks(low, high, count) {
  const from = Math.ceil(Math.log10(low) - 1e-9), to = Math.floor(Math.log10(high) + 1e-9), ticks = [];
  if (to - from < 1) {
    for (let power = from - 1; power <= to; ++power) {
      for (const digit of [1, 2, 5]) {
        const tick = Number((digit * 10 ** power).toPrecision(3));
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
      }
    }
    return ticks.length > 1 ? ticks : [low, high];
  }
  const stride = Math.ceil((to - from + 1) / Math.max(2, count));
  for (let power = from; power <= to; power += stride) ticks.push(Number(`1e${power}`));
  return ticks;
}

// A scale from [low, high] to [start, end]; equal ends are pulled apart.
function linear(low, high, start, end) {
  if (!(high > low)) [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const scale = (value) => start + ((value - low) / (high - low)) * (end - start);
  return Object.assign(scale, {
    low,
    high,
    start,
    end,
    log: false,
    invert: (place) => low + ((place - start) / (end - start)) * (high - low),
    ticks: (count) => linearTicks(low, high, count),
  });
}

// Zero and negative numbers have no place on it: the scale gives NaN, and curves break.
function logarithmic(low, high, start, end) {
  if (!(high > low)) [low, high] = [low / 3, high * 3];
  const a = Math.log10(low), b = Math.log10(high);
  const scale = (value) => (value > 0 ? start + ((Math.log10(value) - a) / (b - a)) * (end - start) : NaN);
  return Object.assign(scale, {
    low,
    high,
    start,
    end,
    log: true,
    invert: (place) => 10 ** (a + ((place - start) / (end - start)) * (b - a)),
    ticks: (count) => logTicks(low, high, count),
  });
}

// Sequential: dark violet to yellow with evenly rising lightness. Diverging: blue, white, red.
const sequential = ["440154", "46327e", "365c8d", "277f8e", "1fa187", "4ac16d", "a0da39", "fde725"].map(channels);
const diverging = ["2166ac", "67a9cf", "d1e5f0", "f7f7f7", "fddbc7", "ef8a62", "b2182b"].map(channels);

function channels(hex) { return [0, 2, 4].map((place) => parseInt(hex.slice(place, place + 2), 16)); }

// The colour at t between 0 and 1, as [red, green, blue].
function mixed(stops, t) {
  const place = Math.min(1, Math.max(0, t)) * (stops.length - 1), index = Math.min(stops.length - 2, Math.floor(place));
  return stops[index].map((from, channel) => Math.round(from + (place - index) * (stops[index + 1][channel] - from)));
}

const css = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;

// The colour of layer `row` of `count`: from the input (dark) to the output (bright), without the palest end.
const layerColour = (row, count) => css(mixed(sequential, count > 1 ? 0.05 + (0.8 * row) / (count - 1) : 0.4));

// What a style variable is now, for canvases, which do not follow the style sheet by themselves.
const styled = (name) => getComputedStyle(root).getPropertyValue(name).trim();

// Page pixels in one design pixel: the page grows with the window, and charts grow with it.
const unit = () => parseFloat(getComputedStyle(root).fontSize) / 16;
