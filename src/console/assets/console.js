// SPDX-License-Identifier: MIT OR Apache-2.0
// Live parts, keys and the state of the connection. Pages work by htmx; what htmx does not do stands here.
"use strict";

const live = document.getElementById("live");
const SILENT_MS = 4000; // the hub beats every second
let heard = Date.now();
let offset = null; // the hall's wall clock minus this computer's

// A menu that an officer has open must not close because somebody elsewhere took a number.
const busy = () => live.querySelector("details[open], .htmx-request") !== null;
let owed = false;

function refresh() {
  if (!live) return;
  if (busy()) { owed = true; return; }
  owed = false;
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : null;
  htmx.ajax("GET", live.dataset.live, { target: "#live", swap: "innerHTML" }).then(() => {
    const again = focused && live.querySelector(`[data-key="${focused}"]`);
    if (again) again.focus();
  }, () => {}); // an answer that does not come is shown as a lost connection
}

function connected(on) {
  document.body.classList.toggle("lost", !on);
  const banner = document.getElementById("lost");
  if (banner) banner.hidden = on;
}

function hallTime(text) {
  offset = Date.parse(text + (text.length > 19 ? "" : "Z")) - Date.now();
  clock();
}

function clock() {
  const at = document.getElementById("clock");
  if (at && offset !== null) at.textContent = new Date(Date.now() + offset).toISOString().slice(11, 16);
}

function listen() {
  let known = null;
  const source = new EventSource("/console/events");
  const alive = (event) => {
    heard = Date.now();
    const lost = document.body.classList.contains("lost");
    connected(true);
    const data = JSON.parse(event.data);
    if (data.local_time) hallTime(data.local_time);
    return lost;
  };
  source.addEventListener("beat", (event) => { if (alive(event)) refresh(); });
  source.addEventListener("picture", (event) => {
    const lost = alive(event);
    if (lost || event.lastEventId !== known) { known = event.lastEventId; refresh(); }
  });
  // The browser reconnects by itself; a refused session does not come back.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) { source.close(); setTimeout(listen, 2000); }
  };
}

if (document.querySelector(".bar")) {
  listen();
  setInterval(() => {
    if (Date.now() - heard > SILENT_MS) connected(false);
    if (owed && !busy()) refresh();
    clock();
  }, 500);
}

// Waiting times grow also when nothing happens.
if (live) setInterval(refresh, Number(live.dataset.every || 20) * 1000);

document.addEventListener("htmx:sendError", () => connected(false));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 401) location.href = "/console/signin";
  else if (status === 403) location.reload();
});
// Refusals come with the part of the page that explains them.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) event.detail.shouldSwap = true;
});

// A sentence is read and goes away by itself.
document.addEventListener("htmx:afterSwap", () => {
  const said = live && live.querySelector(".said:not([hidden])");
  if (said) setTimeout(() => { said.hidden = true; }, 8000);
});

// A double click is one wish. The first click redraws the page, and under the second one lies the next
// step ("call" becomes "start"): nobody has read that yet, so the same key or place is not taken again at once.
let pressed = { at: -Infinity };
function again(press) {
  const limit = Number(document.body.dataset.againMs || 700);
  const same = press.key ? press.key === pressed.key : !pressed.key && Math.hypot(press.x - pressed.x, press.y - pressed.y) < 40;
  const soon = same && press.at - pressed.at < limit;
  // Whoever goes on hammering is still on the first wish.
  pressed = press;
  return soon;
}

document.addEventListener("click", (event) => {
  // What a script clicks was a key that has been asked about already.
  if (!event.isTrusted || !event.target.closest("#live [hx-post]")) return;
  const press = event.detail ? { x: event.clientX, y: event.clientY } : { key: "Enter" };
  if (again({ at: event.timeStamp, ...press })) { event.preventDefault(); event.stopPropagation(); }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input, select, textarea")) return;
  if (event.key === "Escape") {
    document.querySelectorAll(".menu[open]").forEach((menu) => { menu.open = false; });
    return;
  }
  if (document.body.classList.contains("lost")) return;
  const key = event.key.toUpperCase();
  const open = document.querySelector(".menu[open]");
  const target = [...document.querySelectorAll("[data-key]")].find((e) => e.dataset.key.toUpperCase() === key && (!open || !open.contains(e) || e.tagName === "SUMMARY"));
  if (!target) return;
  event.preventDefault();
  if (target.tagName !== "SUMMARY" && again({ at: event.timeStamp, key })) return;
  target.click();
  if (target.tagName === "SUMMARY") {
    const first = target.parentElement.querySelector("div button");
    if (first && target.parentElement.open) first.focus();
  }
});

// One menu at a time.
document.addEventListener("click", (event) => {
  document.querySelectorAll(".menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  const ask = event.target.closest("[data-ask]");
  if (ask && !confirm(ask.dataset.ask)) event.preventDefault();
  if (event.target.closest("[data-print]")) print();
});

document.addEventListener("change", async (event) => {
  const input = event.target.closest("[data-photo]");
  if (!input || !input.files[0]) return;
  const answer = await fetch(input.dataset.photo, { method: "POST", headers: { "X-CSRF-Token": document.body.dataset.csrf }, body: input.files[0] });
  if (answer.ok) location.reload(); else alert(await answer.text());
});
