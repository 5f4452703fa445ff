// SPDX-License-Identifier: MIT OR Apache-2.0
// The page of one device of the bench: its glass, its buttons and lamps, its loudspeaker.
"use strict";
const $ = (id) => document.getElementById(id);

async function call(method, path, body) {
  const answer = await fetch(path, { method, headers: body === undefined ? {} : { "content-type": "application/json" }, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(value?.error ?? answer.statusText);
  return value;
}

async function act(method, path, body) {
  try { await call(method, path, body); $("said").textContent = ""; } catch (e) { $("said").textContent = e.message; }
}

async function watchScreen() {
  let frame = 0;
  for (;;) {
    try {
      const answer = await fetch(`/screen.png?after=${frame}`);
      if (!answer.ok) throw new Error(answer.statusText);
      frame = Number(answer.headers.get("x-frame"));
      const old = $("screen").src;
      $("screen").src = URL.createObjectURL(await answer.blob());
      if (old.startsWith("blob:")) URL.revokeObjectURL(old);
      $("alive").textContent = "";
    } catch {
      frame = 0;
      $("alive").textContent = "The device does not answer. It may have been stopped.";
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

$("screen").addEventListener("click", (event) => {
  const img = $("screen"), box = img.getBoundingClientRect();
  const scale = Math.min(img.clientWidth / img.naturalWidth, img.clientHeight / img.naturalHeight);
  act("POST", "/touch", { x: (event.clientX - box.left - img.clientLeft) / scale, y: (event.clientY - box.top - img.clientTop) / scale });
});

function keypad(state) {
  $("keypad").hidden = false;
  if (!$("keys").children.length) {
    $("keys").replaceChildren(...state.lamps.map((_, i) => {
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = i + 1;
      b.onclick = () => act("POST", `/buttons/${i + 1}/bounce`);
      return b;
    }));
  }
  [...$("keys").children].forEach((b, i) => b.classList.toggle("lit", state.lamps[i]));
  $("waiting").textContent = state.waiting ? `${state.waiting} rating(s) wait for the hub.` : "";
}

let heard = -1;
function voice(state) {
  $("voice").hidden = false;
  $("speaker-state").textContent = state.speaker.fault ?? "";
  if ($("speaker-faults").children.length === 0) {
    $("speaker-faults").replaceChildren(...state.speaker.kinds.concat("none").map((kind) => {
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = kind;
      b.onclick = () => act("POST", "/devices/speaker/fault", { kind });
      return b;
    }));
  }
  for (const b of $("speaker-faults").children) b.setAttribute("aria-pressed", state.speaker.set.includes(b.textContent));
  if (state.heard === heard) return;
  heard = state.heard;
  const last = [];
  for (let n = heard - 1; n >= Math.max(0, heard - 4); n--) {
    const audio = document.createElement("audio");
    audio.controls = true;
    audio.preload = "none";
    audio.src = `/sounds/${n}`;
    last.push(audio);
  }
  $("sounds").replaceChildren(...last);
}

async function refresh() {
  try {
    const state = await call("GET", "/state");
    $("role").textContent = state.role;
    $("screen-name").textContent = state.screen;
    if (state.role === "panel") keypad(state); else voice(state);
    const log = await call("GET", "/log");
    $("log").textContent = log.lines.slice(-60).join("\n");
  } catch { /* the screen's watcher says it */ }
}
watchScreen();
refresh();
setInterval(refresh, 1000);
