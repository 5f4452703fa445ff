// SPDX-License-Identifier: MIT OR Apache-2.0
// The waiting room on a TV: calls in their order, each large for its time, from the feed of the hub.
"use strict";
const config = JSON.parse(document.body.dataset.config);
const at = (id) => document.getElementById(id);
const SILENT_MS = 4000, STALE_MS = 30000, FADE_MS = 60000;
let heard = Date.now(), offset = null, seen = 0, first = true, feed = null, away = false;
const waiting = [];
let shown = null, until = 0, notice = -1, noticeUntil = 0;

const text = (tag, words) => { const e = document.createElement(tag); e.textContent = words; return e; };
const counterWords = (id) => config.words.counter.replace("%{id}", id);

function take(picture) {
  feed = picture;
  offset = Date.parse(picture.local_time.slice(0, 19) + "Z") - Date.now();
  if (picture.hall_version !== config.version) return location.reload();
  const calls = [...picture.calls].reverse();
  for (const call of calls) {
    if (call.seq <= seen) continue;
    seen = call.seq;
    // After a silence only what is fresh is called large; the list tells the rest. A TV that has just been
    // switched on shows at most the last call: the others have stood large on the other screens.
    if (picture.unix_ms - call.at_ms <= (first ? config.seconds * 1000 : STALE_MS)) waiting.push(call);
  }
  if (first) waiting.splice(0, waiting.length - 1);
  first = false;
  lists();
  step();
  clock();
}

function lists() {
  const last = [], labels = new Set();
  for (const call of feed.calls) {
    if (labels.has(call.label)) continue;
    labels.add(call.label);
    last.push(call);
  }
  at("last").replaceChildren(...last.slice(0, config.last).map((c) => {
    const li = document.createElement("li");
    li.append(text("b", c.label), text("span", counterWords(c.counter)));
    return li;
  }));
  // How many wait is not known while the hub is away.
  const many = away ? [] : feed.services.filter((s) => s.waiting > 0).sort((a, b) => b.waiting - a.waiting).slice(0, 6);
  at("waiting").hidden = many.length === 0;
  at("waiting").querySelector("ul").replaceChildren(...many.map((s) => {
    const li = text("li", config.services[s.code] || s.code);
    li.append(text("b", s.waiting));
    return li;
  }));
}

function large(call) {
  at("call").classList.remove("notice");
  at("call").querySelector(".invite").hidden = false;
  at("number").textContent = call.label;
  at("number").classList.toggle("long", call.label.length > 5);
  at("counter").textContent = counterWords(call.counter);
  const where = feed && feed.counters.find((c) => c.id === call.counter);
  const arrow = { left: "← ", right: " →", ahead: "" }[where && where.direction] || "";
  const name = config.counters[call.counter] || "";
  at("where").textContent = arrow.startsWith("←") ? arrow + name : name + arrow;
  at("call").animate([{ background: "#ddecea" }, { background: "#fff" }], { duration: 900 });
}

function calm() {
  at("call").classList.add("notice");
  at("call").querySelector(".invite").hidden = true;
  at("where").textContent = "";
  const closed = feed && feed.refusal;
  if (config.notices.length && !closed) {
    notice = (notice + 1) % config.notices.length;
    at("number").textContent = config.notices[notice].title;
    at("counter").textContent = config.notices[notice].text;
  } else {
    at("number").textContent = closed ? config.words.closed : config.words.welcome;
    at("counter").textContent = "";
  }
  at("number").classList.remove("long");
  noticeUntil = Date.now() + config.notice_seconds * 1000;
}

function step() {
  const now = Date.now();
  if (now >= until && waiting.length) {
    shown = waiting.shift();
    until = now + config.seconds * 1000;
    large(shown);
  } else if (shown && now >= until + FADE_MS) {
    shown = null;
    calm();
  } else if (!shown && now >= noticeUntil) {
    calm();
  }
  const silent = now - heard > SILENT_MS;
  if (silent !== away) {
    away = silent;
    at("lost").hidden = !away;
    if (away) at("lost").textContent = config.words.lost.replace("%{time}", at("clock").querySelector("b").textContent || "–");
    if (feed) lists();
  }
}

// The hall's time or none: this computer's clock is not the hall's.
function clock() {
  if (offset === null) return;
  const local = new Date(Date.now() + offset);
  at("clock").querySelector("b").textContent = local.toISOString().slice(11, 16);
  at("clock").querySelector("span").textContent = new Intl.DateTimeFormat(config.lang === "en" ? "en-GB" : config.lang, { timeZone: "UTC", weekday: "long", day: "numeric", month: "numeric", year: "numeric" }).format(local);
}

const marquee = at("marquee");
marquee.textContent = config.marquee || "";
requestAnimationFrame(() => {
  if (marquee.scrollWidth > innerWidth * 0.94) {
    marquee.classList.add("runs");
    marquee.style.animationDuration = `${(marquee.scrollWidth + innerWidth) / (innerWidth * 0.05)}s`;
  }
});

const source = new EventSource("/v1/feed/display");
source.addEventListener("picture", (event) => { heard = Date.now(); take(JSON.parse(event.data)); });
source.addEventListener("beat", (event) => {
  heard = Date.now();
  const beat = JSON.parse(event.data);
  offset = Date.parse(beat.local_time.slice(0, 19) + "Z") - Date.now();
});
// A TV that was refused once, by a hub that just starts, loads itself anew.
source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000); };
calm();
clock();
setInterval(() => { step(); clock(); }, 250);
