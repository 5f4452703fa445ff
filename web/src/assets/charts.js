// SPDX-License-Identifier: MIT OR Apache-2.0
// Draws <canvas data-chart> with Chart.js. Bars differ by lightness and lines by dashes, so that they are read in grey.
"use strict";
const FILLS = ["#0b5d5b", "#c98a00", "#7fb5b1", "#14213d"];
const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
Chart.defaults.font.family = '"Be Vietnam Pro", sans-serif';
Chart.defaults.font.size = 14;
Chart.defaults.color = "#14213d";
Chart.defaults.animation = false;
// A canvas is drawn once, with whatever letters are there by then.
document.fonts.load('14px "Be Vietnam Pro"').finally(() => document.querySelectorAll("canvas[data-chart]").forEach(draw));

// A long name on two lines of about the same length; the table beside the chart has every name in full.
function lines(text) {
  if (text.length <= 22) return text;
  const words = text.split(" ");
  const splits = words.slice(1).map((_, i) => [words.slice(0, i + 1).join(" "), words.slice(i + 1).join(" ")]);
  const width = (pair) => Math.max(...pair.map((row) => row.length));
  const best = splits.reduce((a, b) => (width(b) < width(a) ? b : a), splits[0] || [text]);
  return best.map((row) => (row.length > 28 ? row.slice(0, 27) + "…" : row));
}

function draw(canvas) {
  const spec = JSON.parse(canvas.dataset.chart);
  const value = { title: { display: true, text: spec.unit }, stacked: !!spec.stacked, beginAtZero: true, ticks: { precision: spec.whole ? 0 : undefined, callback: (v) => number.format(v) }, suggestedMax: spec.whole ? 4 : 1, grid: { color: "#e6e1d7" } };
  const name = { stacked: !!spec.stacked, grid: { display: false }, ticks: { autoSkip: false, callback(v) { return lines(this.getLabelForValue(v)); } } };
  // Names lie beside their bars, each with room for two lines.
  if (spec.across) canvas.parentElement.style.height = `${Math.max(280, spec.labels.length * 48 + 96)}px`;
  if (spec.line) name.ticks = { autoSkip: true, maxRotation: 0, maxTicksLimit: 9 };
  new Chart(canvas, {
    type: spec.line ? "line" : "bar",
    data: { labels: spec.labels, datasets: spec.sets.map((s, i) => ({ label: s.name, data: s.values, backgroundColor: FILLS[i], ...(spec.line ? { borderColor: FILLS[i], borderWidth: 2, pointRadius: 0, borderDash: i ? [6, 3] : [], spanGaps: false } : { borderRadius: 4, maxBarThickness: 48 }) })) },
    options: {
      indexAxis: spec.across ? "y" : "x", maintainAspectRatio: false,
      scales: spec.across ? { x: value, y: name } : { x: name, y: value },
      plugins: { legend: { display: spec.sets.length > 1, position: "bottom" }, tooltip: { callbacks: { label: (c) => `${c.dataset.label}: ${number.format(c.raw)} ${spec.unit}` } } },
    },
  });
}
