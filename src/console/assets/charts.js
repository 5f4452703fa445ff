// SPDX-License-Identifier: MIT OR Apache-2.0
// Draws <canvas data-chart> with Chart.js. Bars differ by pattern-like lightness, so that they are read in grey.
"use strict";
const FILLS = ["#0b5d5b", "#c98a00", "#7fb5b1", "#14213d"];
const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
Chart.defaults.font.family = '"Be Vietnam Pro", sans-serif';
Chart.defaults.font.size = 14;
Chart.defaults.color = "#14213d";
Chart.defaults.animation = false;
// A canvas is drawn once, with whatever letters are there by then.
document.fonts.load('14px "Be Vietnam Pro"').finally(() => document.querySelectorAll("canvas[data-chart]").forEach(draw));

function draw(canvas) {
  const spec = JSON.parse(canvas.dataset.chart);
  const value = { title: { display: true, text: spec.unit }, stacked: !!spec.stacked, beginAtZero: true, ticks: { precision: spec.stacked || spec.across ? 0 : undefined, callback: (v) => number.format(v) }, suggestedMax: spec.stacked || spec.across ? 4 : 1, grid: { color: "#e6e1d7" } };
  const name = { stacked: !!spec.stacked, grid: { display: false }, ticks: { autoSkip: false, callback(v) { const t = this.getLabelForValue(v); return t.length > 22 ? t.slice(0, 21) + "…" : t; } } };
  new Chart(canvas, {
    type: "bar",
    data: { labels: spec.labels, datasets: spec.sets.map((s, i) => ({ label: s.name, data: s.values, backgroundColor: FILLS[i], borderRadius: 4, maxBarThickness: 48 })) },
    options: {
      indexAxis: spec.across ? "y" : "x", maintainAspectRatio: false,
      scales: spec.across ? { x: value, y: name } : { x: name, y: value },
      plugins: { legend: { display: spec.sets.length > 1, position: "bottom" }, tooltip: { callbacks: { label: (c) => `${c.dataset.label}: ${number.format(c.raw)} ${spec.unit}` } } },
    },
  });
}
