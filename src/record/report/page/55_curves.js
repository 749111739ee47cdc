// Loss and accuracy over the steps, and RMS delta over the layers: line charts in which the runs meet.

// Curves of a single run are told apart by colour; of several, the run has the colour, and points are the test set.
function curveSeries(train, test) {
  return runs.flatMap((run) => {
    const group = (kind) => (several ? run.name : kind), name = (kind) => (several ? `${run.name}, ${kind}` : kind);
    return [
      {
        name: name("training batches"),
        group: group("training batches"),
        x: run.steps.step,
        y: run.steps[train],
        colour: run.colour,
        dash: run.dash,
        smooth: true
      },
      {
        name: name("test set"),
        group: group("test set"),
        x: run.epochs.step,
        y: run.epochs[test],
        colour: several ? run.colour : "var(--c2)",
        dash: several ? "1 4" : null,
        points: true
      },
    ];
  });
}

function buildCurves(body) {
  const pair = make("div.pair");
  body.append(pair);
  const x = { label: "Step", whole: true };
  const kinds = several ? runs : [{ name: "training batches", colour: "var(--c1)" }, { name: "test set", colour: "var(--c2)" }];
  let log = false;
  const lossOff = new Set(), accuracyOff = new Set();
  const loss = lineChart(pair, {
    id: "loss",
    title: "Loss",
    x,
    off: lossOff,
    series: curveSeries("train_loss", "test_loss"),
    y: () => ({ label: "↑ Loss", log }),
    controls: tick("Logarithmic axis",
      (on) => {
        log = on;
        loss?.repaint();
      }),
    legend: legend(kinds, lossOff, () => loss?.repaint()),
    empty: "No loss was logged.",
  });
  const accuracy = lineChart(pair, {
    id: "accuracy",
    title: "Accuracy",
    x,
    off: accuracyOff,
    series: curveSeries("train_accuracy", "test_accuracy"),
    y: { label: "↑ Accuracy", low: 0, high: 1, text: percent },
    legend: legend(kinds, accuracyOff, () => accuracy?.repaint()),
    empty: "No accuracy was logged.",
  });
}

// A slider over recorded steps. Its position is a signal that other sliders may share; `id` and `id-text` are on the page for good.
function stepSlider(id, steps, position, playable = false) {
  const last = Math.max(0, steps.length - 1);
  const text = make("output", { id: `${id}-text`, for: id });
  const slider = make("input", {
    type: "range",
    id,
    min: 0,
    max: last,
    step: 1,
    "aria-label": "Step",
    disabled: steps.length < 2,
    on: { input: () => position.set(Number(slider.value)) }
  });
  const show = () => {
    slider.value = Math.min(last, position.get());
    text.textContent = `step ${number(steps[slider.value])}`;
    slider.setAttribute("aria-valuetext", text.textContent);
  };
  show();
  position.listen(slider, show);
  return make("div.slider", playable && steps.length > 1 ? playButton(slider, position, last) : null, slider, text);
}

function playButton(slider, position, last) {
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  const pace = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 160;
  const play = button("Play", () => {
    if (timer) {
      stop();
      return;
    }
    if (position.get() >= last) position.set(0);
    play.textContent = "Pause";
    timer = setInterval(() => {
      if (!slider.isConnected || position.get() >= last) stop();
      else position.set(position.get() + 1);
    }, pace);
  });
  return play;
}

function buildDelta(body) {
  const longest = runs.reduce((best, run) => (run.grid.step.length > best.length ? run.grid.step : best), []);
  const all = runs.map((run) => metric(run, "delta_rms"));
  if (!all.some(Boolean)) return absent(body);
  const position = signal(longest.length - 1), slider = stepSlider("delta-step", longest, position), off = new Set();
  const columnOf = (run) => nearest(run.grid.step, longest[position.get()]);
  // Three decades at least: what is flat is to look flat.
  const range = extent([...all.filter(Boolean).flat(), ...runs.map((run) => asList(run.theory?.delta_rms))], (value) => value > 0);
  const entries = [
    { name: "at the chosen step", colour: several ? "var(--ink)" : "var(--c1)" },
    { name: "at the first step", colour: "var(--muted)", dash: "1 4" }
  ];
  if (runs.some((run) => asList(run.theory?.delta_rms).some(isNumber)))
    entries.push({ name: "theory, at initialisation", colour: "var(--ink)", dash: "6 4" });
  const grid = make("div", { class: several ? "multiples" : "" }), charts = [], words = [];
  body.append(slider, legend(entries, off, () => charts.forEach((one) => one?.repaint())), grid);
  for (const run of runs) {
    const cell = make("div"), sentence = make("p.words");
    grid.append(cell);
    charts.push(lineChart(cell, {
      title: several ? run.name : "RMS delta by layer",
      height: several ? 230 : 320,
      off,
      empty: "RMS delta was not recorded in this run.",
      series: () => deltaSeries(run, columnOf),
      x: { label: "Layer", whole: true, low: 1, high: Math.max(2, ...runs.map((one) => one.layers.length)) },
      y: {
        label: "↑ RMS delta",
        log: true,
        low: range ? Math.min(range[0] / 1.5, range[1] / 1000) : null,
        high: range ? range[1] * 1.5 : null
      },
    }));
    cell.append(sentence);
    words.push(() => { sentence.textContent = factorSentence(run, columnOf(run)); });
  }
  const tell = () => words.forEach((say) => say());
  tell();
  position.listen(slider, () => {
    charts.forEach((one) => one?.repaint());
    tell();
  });
}

function deltaSeries(run, columnOf) {
  const layers = run.layers.map((layer) => layer.layer);
  const ghosts = runs.filter((other) => other !== run).map((other) => ({
    name: other.name,
    group: "at the chosen step",
    quiet: true,
    x: other.layers.map((layer) => layer.layer),
    y: profile(other, "delta_rms", columnOf(other)),
    colour: "var(--shade)",
  }));
  return [
    ...ghosts,
    { name: "theory, at initialisation", x: layers, y: asList(run.theory?.delta_rms), colour: "var(--ink)", dash: "6 4" },
    {
      name: `at step ${number(run.grid.step[0])}`,
      group: "at the first step",
      x: layers,
      y: profile(run, "delta_rms", 0),
      colour: "var(--muted)",
      dash: "1 4",
      points: true,
      hollow: true
    },
    {
      name: `at step ${number(run.grid.step[columnOf(run)])}`,
      group: "at the chosen step",
      x: layers,
      y: profile(run, "delta_rms", columnOf(run)),
      colour: run.colour,
      points: true
    },
  ];
}

function factorSentence(run, column) {
  const now = deltaFactor(run, column), begin = run.theory?.measured_factor ?? deltaFactor(run, 0), theory = run.theory?.factor;
  if (now === null) return "There is no factor to tell: it takes two hidden layers with a delta that is not zero.";
  const others = [
    isNumber(begin) ? `at initialisation ${number(begin)}` : null, isNumber(theory) ? `theory says ${number(theory)}` : null
  ].filter(Boolean).join(", ");
  const layers = run.layers.filter((layer) => layer.activation).length - 1, all = now ** layers;
  const word =
    all > 1 / 3 && all < 3 ? "It keeps its size." : `Over ${plural(layers, "layer")} it becomes ${timesWords(all, "smaller", "larger")}.`;
  return `At step ${number(run.grid.step[column])} delta is multiplied by ${number(now)} a layer on its way back${
    others ? ` (${others})` : ""}. ${word}`;
}
