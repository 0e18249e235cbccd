
const D = JSON.parse(document.getElementById("contents").textContent);
const byId = (id) => document.getElementById(id);
const units = D.units, count = units.feature.length, onData = Boolean(units.mean), means = units.mean ?? units.trained_mean;
const pictures = D.tile !== null;
const verdicts = units.feature.map(() => []);
for (const kind of D.diagnosis) for (const unit of kind.units ?? []) verdicts[unit].push(kind.name);

/* A vector of features: a picture, or bars up and down. */
function view(shown, alt, signed = true) {
  if (typeof shown === "string") return el("img", { class: "view", src: shown, alt, draggable: "false" });
  const paths = { up: "", down: "" };
  shown.forEach((height, i) => { if (height) paths[height > 0 ? "up" : "down"] += `M${i + 0.1} 0V${signed ? -height / 2 : -height}h.8V0z`; });
  return svg("svg", { class: "view", viewBox: `0 ${signed ? -52 : -102} ${shown.length} 104`, preserveAspectRatio: "none", role: "img", "aria-label": alt },
    svg("line", { class: "zero", x1: 0, x2: shown.length, y1: 0, y2: 0 }),
    svg("path", { class: "up", d: paths.up }), svg("path", { class: "down", d: paths.down }));
}
function facts(pairs) {
  return el("dl", { class: "facts" }, ...pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/* The head. */
byId("subtitle").textContent = `${D.shape.join(" – ")} · ${onData ? `shown on ${D.n_rows} rows of data` : "shown without data"}`;
byId("headline").append(...D.headline.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
document.body.classList.toggle("bars", !pictures);
if (pictures) document.body.style.setProperty("--shape", `${D.tile[1]} / ${D.tile[0]}`);

/* The grid. */
const grid = byId("grid"), order = byId("order"), zoom = byId("zoom");
byId("features-note").textContent = (pictures
  ? "The input that excites each hidden unit most: negative weights black, zero gray, positive white."
  : "The input that excites each hidden unit most, one bar per feature: positive weights up, negative down.")
  + (verdicts.some((each) => each.length) ? " A dot marks a unit that does no work." : "");
const tiles = units.feature.map((feature, unit) => {
  const name = [`Unit ${unit}`, `mean activation ${told(means[unit])}`, ...verdicts[unit]].join(", ");
  return el("button", { class: verdicts[unit].length ? "tile idle" : "tile", type: "button", tabindex: -1, "aria-label": name, title: name, "data-unit": unit, on: { click: () => open(unit) } }, view(feature, ""));
});
let shownOrder = [];
function arrange() {
  const key = { number: (unit) => unit, mean: (unit) => -means[unit], norm: (unit) => -units.norm[unit] }[order.value];
  shownOrder = tiles.map((_, unit) => unit).sort((a, b) => key(a) - key(b) || a - b);
  grid.replaceChildren(...shownOrder.map((unit) => tiles[unit]));
  focusable(shownOrder[0]);
}
function focusable(unit) {
  for (const tile of tiles) tile.tabIndex = -1;
  tiles[unit].tabIndex = 0;
}
function magnify() {
  const [high, wide] = pictures ? D.tile : [10, 30];
  grid.style.setProperty("--side", `${wide * zoom.value}px`);
  grid.style.setProperty("--high", `${high * zoom.value}px`);
  byId("zoom-told").textContent = `${zoom.value} ×`;
}
const longest = pictures ? Math.max(...D.tile) : 30, narrow = window.innerWidth < 640;
const pleasant = pictures ? Math.max(narrow ? 46 : 56, Math.min(narrow ? 76 : 120, Math.sqrt((narrow ? 3e5 : 6e5) / count) - 8)) : (narrow ? 110 : 150);
zoom.max = Math.max(2, Math.round(400 / longest));
zoom.value = Math.max(1, Math.round(pleasant / longest));
zoom.addEventListener("input", magnify);
order.addEventListener("change", arrange);
grid.addEventListener("keydown", (event) => {
  const place = shownOrder.indexOf(Number(document.activeElement.dataset.unit));
  const top = tiles[shownOrder[0]].offsetTop, wrapped = shownOrder.findIndex((unit) => tiles[unit].offsetTop > top);
  const across = wrapped < 1 ? count : wrapped;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -place, End: count - 1 - place }[event.key];
  if (place < 0 || step === undefined) return;
  event.preventDefault();
  const unit = shownOrder[place + step];
  if (unit !== undefined) { focusable(unit); tiles[unit].focus(); }
});

/* One unit. */
const dialog = byId("unit");
let current = null;
function address(hash) {
  try { history.replaceState(null, "", location.href.split("#")[0] + hash); } catch { /* some viewers forbid it */ }
}
function open(unit) {
  current = unit;
  focusable(unit);
  byId("unit-title").replaceChildren(`Unit ${unit}`, ...(verdicts[unit].length ? [el("span", { class: "verdict" }, verdicts[unit].join(", "))] : []));
  if (!dialog.open) dialog.showModal();
  const numbers = [["mean activation", told(means[unit])], ["its target", told(D.target)]];
  if (onData) numbers.push(["mean in training", told(units.trained_mean[unit])], ["standard deviation", told(units.deviation[unit])]);
  numbers.push(["size of weights", told(units.norm[unit])], ["bias", told(units.bias[unit])]);
  const portrait = el("div", { class: "portrait" }, view(units.feature[unit], `The input that excites unit ${unit} most`), facts(numbers));
  const side = el("div", {});
  if (onData) {
    const histogram = el("figure");
    side.append(el("h3", {}, "Rows by activation"), histogram, el("h3", {}, `The ${units.strongest[unit].length} rows that excite it most`), strongest(unit));
    byId("unit-body").replaceChildren(portrait, side);
    histogramChart(histogram, units.histogram[unit]);
  } else {
    byId("unit-body").replaceChildren(portrait, side);
  }
  if (!pictures || !onData) side.append(el("h3", {}, "Its largest weights"), facts(units.largest[unit].map(([i, weight]) => [`feature ${i}`, told(weight)])));
  address(`#unit-${unit}`);
  byId("unit-title").focus();
  dialog.scrollTop = 0;
}
function strongest(unit) {
  return el("ol", { class: "strongest" }, ...units.strongest[unit].map((row, i) =>
    el("li", {}, view(D.rows[row], `Row ${row}`, D.signed), el("b", {}, told(units.strength[unit][i])), `row ${row}`)));
}
function turn(step) {
  open(shownOrder[(shownOrder.indexOf(current) + step + count) % count]);
}
byId("previous").addEventListener("click", () => turn(-1));
byId("next").addEventListener("click", () => turn(1));
byId("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") turn(-1);
  if (event.key === "ArrowRight") turn(1);
});
dialog.addEventListener("close", () => { address(""); tiles[current].focus(); });
function follow() {
  const found = /^#unit-(\d+)$/.exec(location.hash);
  if (found && Number(found[1]) < count) open(Number(found[1]));
}
window.addEventListener("hashchange", follow);

/* Charts, drawn again when the width changes. */
byId("means-note").textContent = `Over ${onData ? "the rows shown" : "the training data"}, beside the sparsity target ρ. Choose a column to see its unit.`;
function draw() {
  trainingChart(byId("training"), D.history, document.querySelector("input[name=over]:checked").value);
  meansChart(byId("means"), means, D.target, open);
}
for (const choice of document.querySelectorAll("input[name=over]")) choice.addEventListener("change", draw);
let drawnAt = 0;
new ResizeObserver(([entry]) => {
  if (Math.round(entry.contentRect.width) !== drawnAt) { drawnAt = Math.round(entry.contentRect.width); draw(); }
}).observe(byId("training"));

/* The diagnosis. */
byId("diagnosis").append(...D.diagnosis.map((kind) => {
  const told_ = kind.units === null ? "not known without data" : kind.units.length ? String(kind.units.length) : "none";
  const chips = kind.twins ? kind.twins.map(([a, b, likeness]) => [b, `${a} and ${b} (${told(likeness, 4)})`]) : (kind.units ?? []).map((unit) => [unit, `${unit}`]);
  return el("div", {},
    el("dt", {}, kind.name, el("span", { class: kind.units?.length ? "count some" : "count" }, told_)),
    el("dd", {}, el("p", {}, kind.meaning), chips.length ? el("div", { class: "chips" }, ...chips.map(([unit, text]) => el("button", { type: "button", on: { click: () => open(unit) } }, text))) : null));
}));

/* Reconstructions. */
if (D.examples) {
  byId("examples-section").hidden = false;
  byId("examples-note").textContent = `Each row, its reconstruction, and their difference; from the best of ${D.n_rows} rows to the worst. The mean squared error is ${told(D.mean_error)} over all of them.`;
  byId("examples").append(...D.examples.map((each) => el("div", { class: "example" },
    el("div", { class: "views" }, view(each.data, `Row ${each.row}`, D.signed), view(each.back, "Its reconstruction", D.signed), view(each.difference, "Their difference")),
    el("p", {}, el("b", {}, told(each.error)), ` row ${each.row}, ${each.rank === 0 ? "the best" : each.rank === D.n_rows - 1 ? "the worst" : `better than ${told(100 - (100 * each.rank) / (D.n_rows - 1), 2)} %`}`))));
}

byId("configuration").append(...D.configuration.map(([group, lines]) => el("div", {}, el("h3", {}, group), facts(lines))));
magnify();
arrange();
follow();
