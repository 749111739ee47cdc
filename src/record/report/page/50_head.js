// The head of the page: what was run and what came out, at a glance, and the diagnoses with their remedies.

const severities = {
  failure: { word: "Failure", d: "M6.5 1h7L19 6.5v7L13.5 19h-7L1 13.5v-7ZM10 5v6M10 14v.6" },
  warning: { word: "Warning", d: "M10 2 19 18H1ZM10 8v5M10 15v.6" },
  calm: { word: "No alarm", d: "M10 1a9 9 0 1 0 .01 0ZM6 10l3 3 5.5-6" },
};

const icon = (severity) => draw("svg", { class: `icon ${severity}`, viewBox: "0 0 20 20" }, draw("path", { d: severities[severity].d }));
const title = (name) => String(name ?? "").replaceAll("_", " ");

// What the run achieved, as one sentence.
function resultSentence(run) {
  const result = run.result;
  if (!result) return "This run has no summary: it is still going on, or was ended before its time. What was logged until then is shown.";
  const parts = [];
  if (isNumber(result.test_accuracy))
    parts.push(
      `${percent(result.test_accuracy)} of ${isNumber(run.about.test_samples) ? number(run.about.test_samples) : "the"} test images right`);
  parts.push(`${result.interrupted ? "interrupted " : ""}after ${plural(result.steps, "step")} in ${plural(result.epochs, "epoch")}`);
  if (isNumber(result.seconds)) parts.push(`${number(result.seconds)} s${run.about.device ? ` on ${run.about.device}` : ""}`);
  return `${parts.join(", ")}.`;
}

function buildHead() {
  const first = runs[0];
  const titleText = !first ? "A report without runs" : several ? `${runs.length} runs compared` : first.name;
  document.title = `${titleText} · seegrad report`;
  byId("title").textContent = titleText;
  byId("kicker").textContent = ["Training report", ...new Set(runs.map((run) => run.about.data))].filter(Boolean).join(" · ");
  byId("result").textContent = several ? partingSentence() : first ? resultSentence(first) : "The page holds no run.";
  if (first) byId("glance").append(several ? resultsTable() : glance(first));
  byId("footer").append(`seegrad ${data.version ?? ""}`);
}

function partingSentence() {
  const differ = asList(data.comparison?.differs).map((flag) => `--${flag}`);
  const what = differ.length ? `They differ in ${differ.join(", ")}. ` : "Their flags are the same. ";
  return what + (data.comparison?.part?.sentence ?? "No layer tells them apart at the first steps.");
}

const times = (factor) => (factor === null ? "–" : `× ${number(factor)}`);

// Four tiles that answer the first four questions, each with a picture of a thumb's size.
function glance(run) {
  const last = run.grid.step.length - 1, hidden = run.layers.map((_, row) => row).filter((row) => run.layers[row].activation);
  const [deltas, dead, signs] =
    ["delta_rms", "dead_share", "sign_coherence"].map((name) => hidden.map((row) => profile(run, name, last)[row] ?? null));
  const accuracy = run.result?.test_accuracy ?? lastFinite(run.epochs.test_accuracy), classes = asList(run.about.classes).length;
  const factor = deltaFactor(run, last), share = average(dead), most = extent([dead])?.[1];
  const deadWords =
    share > 0 ? `dead; most in layer ${run.layers[hidden[dead.indexOf(most)]].layer}, ${percent(most)}` : "no dead unit in a hidden layer";
  const tiles = [
    [
      "Does it learn?", percent(accuracy), `test accuracy${classes ? `; guessing gives ${percent(1 / classes)}` : ""}`,
      spark(run.steps.step, run.steps.train_loss)
    ],
    [
      "Do gradients arrive?", times(factor), factor === null ? "it takes two hidden layers to tell" : spanWords(deltas),
      bars(deltas, "var(--c3)", true)
    ],
    [
      "Are the units alive?", share === 0 ? "All" : percent(share), share === null ? "not measured" : deadWords,
      share > 0 ? bars(dead, "var(--dead)", false) : null
    ],
    [
      "Do updates zig-zag?", number(average(signs)), "mean sign coherence: 0 is none, 1 is a full zig-zag",
      bars(signs, "var(--c4)", false, 1)
    ],
  ];
  const tile = ([question, answer, detail, picture]) =>
    make("div.tile", make("dt", question), make("dd.answer", answer), make("dd.detail", detail), picture);
  return make("dl.tiles", tiles.map(tile));
}

function spanWords(deltas) {
  const ratio = deltas[0] / deltas.at(-1);
  if (!isNumber(ratio) || ratio <= 0) return "a layer on the way back";
  if (ratio < 3 && ratio > 1 / 3) return "a layer on the way back: alike everywhere";
  return `a layer: the first one gets ${timesWords(ratio, "less", "more")} than the last`;
}

const thumb = (content) => draw("svg.thumb", { viewBox: "0 0 200 40", preserveAspectRatio: "none" }, content);

function spark(xs, ys) {
  const x = extent([xs]), y = extent([ys]);
  if (!x || !y) return null;
  return thumb(draw("path.curve", { d: path(xs, ys, linear(...x, 1, 199), linear(...y, 37, 3)), style: { stroke: "var(--c1)" } }));
}

// A bar a layer, the input on the left; on a logarithmic axis the shortest still shows.
function bars(values, colour, log, top = 0) {
  const range = log ? extent([values], (value) => value > 0) : [0, Math.max(top, extent([values])?.[1] ?? 0)];
  if (!range || !values.length) return null;
  const scale = log ? logarithmic(Math.min(range[0], range[1] / 100), range[1], 6, 38) : linear(...range, 0, 38),
        wide = 200 / values.length;
  return thumb(values.map((value, at) => {
    const high = isNumber(value) ? Math.max(1, scale(value) || 1) : 0;
    return draw("rect", { x: at * wide + wide * 0.12, width: wide * 0.76, y: 40 - high, height: high, style: { fill: colour } });
  }));
}

// How bad a run's state is: the worst of its diagnoses, with their names. Rules judge a run at its end, with the summary.
function verdict(run) {
  if (!run.result && !run.diagnoses.length) return "Not judged: no summary";
  const worst = run.diagnoses.some((one) => one.severity === "failure") ? "failure" : run.diagnoses.length ? "warning" : "calm";
  const names = [...new Set(run.diagnoses.map((one) => title(one.name)))];
  return make("span.verdict", icon(worst), names.length ? `${severities[worst].word}: ${names.join(", ")}` : severities.calm.word);
}

const lastFactor = (run) => deltaFactor(run, run.grid.step.length - 1);

// The mean share of dead units in the hidden layers at the last logged step.
const deadShare = (run) => average(profile(run, "dead_share", run.grid.step.length - 1).filter((_, row) => run.layers[row]?.activation));

function resultsTable() {
  const columns = [
    { name: "Run", value: (run) => run.name, text: (run) => make("span.run", swatch(run.colour, run.dash), run.name) },
    { name: "Test accuracy", value: (run) => run.result?.test_accuracy ?? null, text: (run) => percent(run.result?.test_accuracy) },
    { name: "Test loss", value: (run) => run.result?.test_loss ?? null },
    {
      name: "Delta a layer",
      tip: "By what RMS delta is multiplied a layer on the way back, at the last logged step",
      value: lastFactor,
      text: (run) => times(lastFactor(run))
    },
    {
      name: "Dead units",
      tip: "Mean over the hidden layers, at the last logged step",
      value: deadShare,
      text: (run) => percent(deadShare(run))
    },
    {
      name: "Time",
      value: (run) => run.result?.seconds ?? null,
      text: (run) => (isNumber(run.result?.seconds) ? `${number(run.result.seconds)} s` : "–")
    },
    { name: "Diagnosis", value: (run) => run.diagnoses.length, text: verdict },
    ...asList(data.comparison?.differs)
      .filter((flag) => flag !== "out")
      .map((flag) => ({ name: flag, value: (run) => factText(run.config[flag]), text: (run) => factText(run.config[flag]) })),
  ];
  return sortableTable("Results of the runs", columns, runs);
}

function diagnosisCard(diagnosis) {
  const severity = diagnosis.severity === "failure" ? "failure" : "warning", layers = asList(diagnosis.layers).filter((layer) => layer > 0);
  const where = [
    layers.length ? `in ${layers.length === 1 ? "layer" : "layers"} ${ranges(layers)}` : "in the whole network",
    isNumber(diagnosis.units) ? plural(diagnosis.units, "unit") : null,
    isNumber(diagnosis.since) ? `since step ${number(diagnosis.since)}` : null
  ];
  const evidence = Object.entries(diagnosis.evidence ?? {});
  return make("article", { class: `card ${severity}` },
    make("h3", icon(severity), make("span.word", `${severities[severity].word}: `), title(diagnosis.name)),
    make("p.where", where.filter(Boolean).join(", ")), diagnosis.what ? make("p.what", diagnosis.what) : null,
    diagnosis.why ? make("p.why", make("b", "Why: "), diagnosis.why) : null,
    diagnosis.remedy ? make("p", make("b", "What to try: "), diagnosis.remedy) : null,
    diagnosis.command ? command(diagnosis.command) : null,
    evidence.length ? make("details", make("summary", "Evidence"), make("dl.pairs", evidence.map(([
      name, value
    ]) => make("div", make("dt", title(name)), make("dd", typeof value === "number" || value === null ? number(value) : String(value))))))
                    : null,
    diagnosis.page ? make("p.page", "More in ", make("code", diagnosis.page)) : null);
}

function buildDiagnosis(body) {
  if (!runs.length) absent(body);
  for (const run of runs) {
    if (several) body.append(runTitle(run));
    if (run.diagnoses.length) body.append(make("div.cards", run.diagnoses.map(diagnosisCard)));
    else body.append(make("p.calm", verdict(run)));
  }
}
