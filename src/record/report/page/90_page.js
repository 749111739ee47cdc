// The page as a whole: builds the sections when they come near the window, switches the theme, tells when all is drawn.

// A section that shows one run: with several, a selector on top, and the content anew for each choice.
const perRun = (build) => (body) => {
  if (!runs.length) return absent(body);
  const content = make("div");
  if (several) body.append(make("div.controls", choice("Run", runs.map((run) => [run.index, run.name]), chosen.run)));
  body.append(content);
  const show = () => {
    const run = runs[chosen.run.get()];
    content.replaceChildren();
    if (chosen.layer.get() >= run.layers.length) chosen.layer.set(0);
    build(content, run);
  };
  show();
  if (several) chosen.run.listen(content, show);
};

const sections = {
  diagnosis: buildDiagnosis,
  curves: buildCurves,
  delta: buildDelta,
  heatmap: buildHeatmap,
  histograms: perRun(buildHistograms),
  activation: perRun(buildActivation),
  units: perRun(buildUnits),
  weights: perRun(buildWeights),
  mistakes: perRun(buildMistakes),
  zigzag: buildZigzag,
  table: perRun(buildTable),
  config: buildConfig,
};
const waiting = new Set(Object.keys(sections));

// Draws a section once. One that fails says so and leaves the others alone.
function build(id) {
  if (!waiting.delete(id)) return;
  const body = byId(id).querySelector(".body");
  byId(id).classList.add("built");
  try {
    sections[id](body);
  } catch (error) {
    body.append(missing(`This part could not be drawn: ${error.message}`));
    console.error(error);
  }
}

const buildAll = () => [...waiting].forEach(build);

function contents() {
  for (const id of Object.keys(sections)) {
    const link = make("a", { href: `#${id}` }, byId(id).dataset.short);
    // Sections above the target must have their height before the page jumps.
    link.addEventListener("click", () => {
      for (const one of Object.keys(sections)) {
        build(one);
        if (one === id) break;
      }
    });
    byId("contents").append(make("li", link));
  }
}

// The theme that the system prefers, or what the button was last set to. A page from disk may have no storage: then it forgets.
function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)"), button = byId("theme");
  const stored = () => {
    try {
      return localStorage.getItem("seegrad-theme");
    } catch { return null; }
  };
  const set = (name) => {
    root.dataset.theme = name;
    button.textContent = name === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to the ${name === "dark" ? "light" : "dark"} theme`);
    repaintAll();
  };
  set(stored() ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => {
    if (!stored()) set(dark.matches ? "dark" : "light");
  });
  button.addEventListener("click", () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("seegrad-theme", next);
    } catch { /* remembered only until the page is closed */
    }
    set(next);
  });
  let before = "light";
  addEventListener("beforeprint", () => {
    buildAll();
    before = root.dataset.theme;
    set("light");
  });
  addEventListener("afterprint", () => set(before));
}

function start() {
  theme();
  buildHead();
  contents();
  const near = (id) => byId(id).getBoundingClientRect().top < 1.5 * innerHeight;
  if (location.hash) buildAll();  // #all, or a section that the page is to jump to
  else
    for (const id of Object.keys(sections))
      if (near(id)) build(id);
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries)
      if (entry.isIntersecting) build(entry.target.id);
  }, { rootMargin: "800px" });
  for (const id of waiting) watch.observe(byId(id));
  requestAnimationFrame(() => {
    root.dataset.ready = "1";
    performance.mark("ready");
  });
}

start();
