"use strict";

/* Elements. Text is set as text, never as markup. */
function put(made, attributes, inside) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, heard] of Object.entries(value)) made.addEventListener(event, heard);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...inside.filter((each) => each !== null));
  return made;
}
function el(tag, attributes = {}, ...inside) {
  return put(document.createElement(tag), attributes, inside);
}
function svg(tag, attributes = {}, ...inside) {
  return put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, inside);
}

/* Numbers as people write them. */
function told(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e6)) {
    const [digitsOf, power] = value.toExponential(digits - 1).split("e");
    return `${digitsOf.replace("-", "−")}·10${[...String(Number(power))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("")}`;
  }
  return String(Number(value.toPrecision(size >= 1000 ? 6 : digits))).replace("-", "−");
}

function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) found.push(i * step);
  return found;
}
function logTicks(low, high) {
  const parts = Math.log10(high / low) > 3 ? [1] : Math.log10(high / low) > 1.2 ? [1, 3] : [1, 2, 3, 5, 7];
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const part of parts) if (part * 10 ** power >= low && part * 10 ** power <= high) found.push(part * 10 ** power);
  }
  return found;
}

/* What every chart has: a drawing area in pixels of the screen, so that text keeps its size on a phone. */
function frame(host, height, label) {
  const width = Math.max(260, host.clientWidth), area = { left: 56, right: width - 8, top: 12, bottom: height - 44 };
  const drawing = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label });
  return { drawing, area, width };
}
function axes(drawing, area, x, y, xTicks, yTicks, xLabel, xTold = told) {
  for (const value of yTicks) {
    drawing.append(
      svg("line", { class: "grid", x1: area.left, x2: area.right, y1: y(value), y2: y(value) }),
      svg("text", { x: area.left - 8, y: y(value) + 4, "text-anchor": "end" }, told(value)),
    );
  }
  for (const value of xTicks) {
    drawing.append(svg("text", { x: x(value), y: area.bottom + 18, "text-anchor": "middle" }, xTold(value)));
  }
  drawing.append(svg("text", { x: (area.left + area.right) / 2, y: area.bottom + 38, "text-anchor": "middle" }, xLabel));
}

/* The cost and its terms over iterations or seconds; pointer or arrow keys read them off. */
function trainingChart(host, history, over) {
  const names = ["cost", "error", "decay", "sparsity"].filter((name) => history[name].some((value) => value > 0));
  const { drawing, area, width } = frame(host, 340, `The cost and its terms over ${over === "seconds" ? over : "iterations"}`);
  const at = history[over], last = at[at.length - 1] || 1;
  const costs = history.cost.filter((value) => value > 0), shown = names.flatMap((name) => history[name].filter((v) => v > 0));
  const low = Math.max(Math.min(...shown), Math.min(...costs) / 1000) * 0.9, high = Math.max(...shown) * 1.1;
  const x = (value) => area.left + (value / last) * (area.right - area.left);
  const y = (value) => area.bottom - (Math.log(value / low) / Math.log(high / low)) * (area.bottom - area.top);
  axes(drawing, area, x, y, ticks(0, last, width < 500 ? 4 : 8), logTicks(low, high), over === "seconds" ? "seconds" : "L-BFGS iterations");
  for (const name of [...names].reverse()) {
    let path = "", drawn = false;
    history[name].forEach((value, i) => {
      const visible = value > 0 && value >= low;
      if (visible) path += `${drawn ? "L" : "M"}${x(at[i]).toFixed(1)} ${y(value).toFixed(1)}`;
      drawn = visible;
    });
    drawing.append(svg("path", { class: `series ${name}`, d: path + (at.length === 1 && path ? "h4" : "") }));
  }
  const cursor = svg("line", { class: "cursor", y1: area.top, y2: area.bottom, visibility: "hidden" });
  const legend = el("div", { class: "legend" }), where = el("span");
  const values = names.map((name) => {
    const value = el("b");
    const word = { error: "squared error", decay: "weight decay" }[name] ?? name;
    legend.append(el("span", {}, svg("svg", { viewBox: "0 0 18 10" }, svg("line", { class: name, x1: 0, x2: 18, y1: 5, y2: 5 })), word, value));
    return value;
  });
  legend.append(where);
  let chosen = at.length - 1;
  function read(i, visible = true) {
    chosen = Math.max(0, Math.min(at.length - 1, i));
    cursor.setAttribute("visibility", visible ? "visible" : "hidden");
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(at[chosen]));
    names.forEach((name, k) => { values[k].textContent = told(history[name][chosen]); });
    where.textContent = over === "seconds" ? `after ${told(at[chosen])} s` : `after ${at[chosen]} iterations`;
  }
  drawing.append(cursor);
  put(drawing, {
    tabindex: 0,
    on: {
      pointermove: (event) => {
        const value = ((event.offsetX - area.left) / (area.right - area.left)) * last;
        read(at.reduce((best, each, i) => (Math.abs(each - value) < Math.abs(at[best] - value) ? i : best), 0));
      },
      pointerleave: () => read(at.length - 1, false),
      blur: () => read(at.length - 1, false),
      keydown: (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, Home: -at.length, End: at.length }[event.key];
        if (step) { read(chosen + step); event.preventDefault(); }
      },
    },
  }, []);
  read(at.length - 1, false);
  host.replaceChildren(drawing, legend);
}

/* Every unit's mean activation, from the most active down, beside the target. */
function meansChart(host, means, target, open) {
  const order = means.map((_, unit) => unit).sort((a, b) => means[b] - means[a]);
  const { drawing, area, width } = frame(host, 260, `Mean activation of ${means.length} units, target ${told(target)}`);
  const high = Math.min(1, Math.max(means[order[0]] ?? 0, target) * 1.15);
  area.right -= 76;
  const wide = Math.min(24, (area.right - area.left) / means.length);
  const x = (place) => area.left + place * wide, y = (value) => area.bottom - (value / high) * (area.bottom - area.top);
  axes(drawing, area, x, y, [], ticks(0, high, 4), "units, from the most active to the least");
  let path = "";
  const gap = wide > 3 ? wide * 0.3 : 0;
  order.forEach((unit, place) => {
    path += `M${(x(place) + gap / 2).toFixed(2)} ${area.bottom}V${y(means[unit]).toFixed(2)}h${(wide - gap).toFixed(2)}V${area.bottom}z`;
  });
  const title = svg("title");
  drawing.append(
    svg("path", { class: "column", d: path }),
    svg("line", { class: "target", x1: area.left, x2: area.right, y1: y(target), y2: y(target) }),
    svg("text", { class: "target-told", x: area.right + 8, y: y(target) + 4 }, `target ${told(target)}`),
    title,
  );
  const under = (event) => order[Math.max(0, Math.min(order.length - 1, Math.floor((event.offsetX - area.left) / wide)))];
  put(drawing, {
    on: {
      pointermove: (event) => { title.textContent = `unit ${under(event)}: ${told(means[under(event)])}`; },
      click: (event) => open(under(event)),
    },
  }, []);
  drawing.style.cursor = "pointer";
  host.replaceChildren(drawing);
}

/* How many rows gave which activation; counts on a logarithmic scale, because most are near zero. */
function histogramChart(host, counts) {
  const { drawing, area } = frame(host, 190, "Histogram of the activations");
  const high = Math.max(...counts, 1), y = (count) => area.bottom - (Math.log10(1 + count) / Math.log10(1 + high)) * (area.bottom - area.top);
  const x = (value) => area.left + value * (area.right - area.left), wide = (area.right - area.left) / counts.length;
  const marks = [];
  for (let mark = 1; mark <= high; mark *= 10) marks.push(mark);
  axes(drawing, area, x, y, [0, 0.25, 0.5, 0.75, 1], marks.length > 5 ? marks.filter((_, i) => i % 2 === 0) : marks, "activation");
  counts.forEach((count, i) => {
    const label = `${told(i / counts.length)} to ${told((i + 1) / counts.length)}: ${count} rows`;
    if (count) drawing.append(svg("rect", { class: "column", x: x(i / counts.length) + 0.5, width: Math.max(1, wide - 1), y: y(count), height: area.bottom - y(count) }, svg("title", {}, label)));
  });
  host.replaceChildren(drawing);
}
