// SPDX-License-Identifier: MIT OR Apache-2.0
// The bench's page: shows what the JSON interface tells and sends what a person does. No state of its own.
"use strict";
const $ = (id) => document.getElementById(id);

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(value?.error ?? answer.statusText);
  return value;
}

async function act(method, path, body) {
  try {
    await call(method, path, body);
    $("said").textContent = "";
  } catch (e) {
    $("said").textContent = e.message;
  }
  refresh();
}

// The screen: one request waits for the next picture.
async function watchScreen() {
  let frame = 0;
  for (;;) {
    try {
      const answer = await fetch(`/screen.png?after=${frame}`);
      if (!answer.ok) throw new Error(answer.statusText);
      frame = Number(answer.headers.get("x-frame"));
      const url = URL.createObjectURL(await answer.blob());
      const old = $("screen").src;
      $("screen").src = url;
      if (old.startsWith("blob:")) URL.revokeObjectURL(old);
      alive(true);
    } catch {
      frame = 0;
      alive(false);
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

function alive(yes) {
  $("alive").textContent = yes ? "" : "The simulator does not answer. It may have been stopped.";
  $("alive").className = yes ? "" : "bad";
}

function point(event) {
  const img = $("screen");
  const box = img.getBoundingClientRect();
  const border = img.clientLeft;
  const [w, h] = [img.naturalWidth, img.naturalHeight];
  const scale = Math.min(img.clientWidth / w, img.clientHeight / h);
  const x = (event.clientX - box.left - border) / scale;
  const y = (event.clientY - box.top - border) / scale;
  return { x: Math.max(0, Math.min(w, x)), y: Math.max(0, Math.min(h, y)) };
}

// One finger: its steps must arrive in their order.
let finger = Promise.resolve();
let down = false;
function touch(event, phase) {
  event.preventDefault();
  const body = { ...point(event), phase };
  finger = finger.then(() => act("POST", "/touch", body));
}
$("screen").addEventListener("pointerdown", (e) => {
  down = true;
  $("screen").setPointerCapture(e.pointerId);
  touch(e, "press");
});
$("screen").addEventListener("pointermove", (e) => down && touch(e, "move"));
$("screen").addEventListener("pointerup", (e) => {
  if (!down) return;
  down = false;
  touch(e, "release");
});

function chips(box, device) {
  const wanted = device.kinds.join();
  if (box.dataset.kinds !== wanted) {
    box.dataset.kinds = wanted;
    box.replaceChildren(...device.kinds.map((kind) => {
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = kind;
      b.onclick = () =>
        act("POST", `/devices/${device.name}/fault`, { kind, off: b.getAttribute("aria-pressed") === "true" });
      return b;
    }));
  }
  for (const b of box.children) b.setAttribute("aria-pressed", device.set.includes(b.textContent));
}

// What can be held before the readers.
async function showSamples() {
  const { codes, cards } = await call("GET", "/samples");
  $("codes").replaceChildren(...codes.map(({ name, title }) => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = title;
    b.onclick = () => act("POST", "/devices/scanner/scan", { sample: name });
    return b;
  }));
  $("chip").replaceChildren(...cards.map(({ name, title }) => new Option(title, name)));
}

function showReaders(scanner, card) {
  $("scanned").textContent = scanner.last ? `last: ${scanner.last}` : "";
  $("scanner-state").textContent = scanner.fault ?? (scanner.up ? "Ready." : "Not there.");
  $("scanner-state").className = scanner.up && !scanner.fault ? "good" : "bad";
  chips($("scanner-faults"), scanner);
  const title = [...$("chip").options].find((o) => o.value === card.card)?.text;
  $("laid").textContent = card.present ? title ?? card.card : "empty";
  $("card-by").textContent = card.fault ?? `It is ${card.by}.`;
  $("card-by").className = card.fault ? "bad" : "hint";
  chips($("card-faults"), card);
}

let heard = 0;
async function showAloud() {
  const { lines, sounds } = await call("GET", "/aloud");
  $("lines").replaceChildren(...lines.slice(-8).map((text) => {
    const line = document.createElement("li");
    line.textContent = text;
    return line;
  }));
  if (sounds.length === heard) return;
  heard = sounds.length;
  $("no-sound").hidden = true;
  $("sound").hidden = false;
  $("sound").src = `/aloud/${heard - 1}`;
}

let shownSlips = -1;
async function showPaper(simulated) {
  if (!simulated) {
    $("no-paper").textContent = "The printer is an external one.";
    return;
  }
  const slips = await call("GET", "/slips");
  if (slips.length === shownSlips) return;
  shownSlips = slips.length;
  const last = slips.at(-1);
  $("paper-size").textContent = last ? `${slips.length} ${slips.length === 1 ? "slip" : "slips"}, last ${last.bytes} bytes, ${last.length_mm.toFixed(0)} mm` : "";
  const pictures = slips.map((_, n) => n).slice(-5).reverse().map((n) => {
    const img = document.createElement("img");
    img.src = `/slips/${n}?${Date.now()}`;
    img.alt = `Slip ${n + 1}: ${slips[n].text}`;
    return img;
  });
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Nothing has come out yet.";
  $("tray").replaceChildren(...(pictures.length ? pictures : [hint]));
}

function showTickets(tickets) {
  const rows = (tickets ?? []).slice().sort((a, b) => b.issued_ms - a.issued_ms).slice(0, 12).map((t) => {
    const row = document.createElement("tr");
    for (const text of [t.label, t.service, t.ahead, t.stage === "waiting" ? t.print : t.stage]) {
      row.insertCell().textContent = text;
    }
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Reprint";
    again.onclick = () => act("POST", "/staff", { type: "reprint", ticket: t.id, reason: "bench" });
    row.insertCell().append(again);
    return row;
  });
  $("tickets").replaceChildren(...rows);
}

function showServices(codes) {
  if ($("service").options.length === codes.length) return;
  $("service").replaceChildren(...codes.map((c) => new Option(c, c)));
}

// The other devices: their pictures, renewed while this page is looked at; a click leads to their own page.
function showHall(state) {
  $("small-hall").hidden = !state.people.length;
  if (!state.people.length) return;
  if (!$("people").children.length) {
    $("people").replaceChildren(...state.people.map((p) => {
      const row = document.createElement("tr");
      for (const text of [p.id, p.pin, p.role]) row.insertCell().textContent = text;
      return row;
    }));
  }
  const box = $("hall-devices");
  for (const device of state.devices) {
    let link = box.querySelector(`[data-url="${device.url}"]`);
    if (!link) {
      link = document.createElement("a");
      link.dataset.url = link.href = device.url;
      link.target = "_blank";
      link.append(document.createElement("img"), document.createTextNode(device.role));
      link.firstChild.alt = `Screen of the ${device.role}`;
      box.append(link);
    }
    if (!document.hidden) link.firstChild.src = `${device.url}screen.png?${Date.now()}`;
  }
}

// What waits for the central, and the switch in between.
function showCentral(central) {
  $("central").hidden = !central;
  if (!central) return;
  const lane = central.status.lanes.find((l) => l.lane === "business");
  const waiting = lane?.waiting ?? 0;
  $("central-link").hidden = !central.url;
  if (central.url) $("central-link").href = central.url;
  $("central-account").hidden = !central.password;
  $("central-name").textContent = central.name;
  $("central-password").textContent = central.password ?? "";
  $("central-cut").setAttribute("aria-pressed", central.cut);
  const words = central.fault ? central.fault
    : !central.status.receiver ? "Starting."
    : central.cut ? `Cut off; ${waiting} events wait.`
    : waiting ? `${waiting} events are on their way${lane.stuck ? `: ${lane.stuck.detail}` : "."}`
    : `Everything is delivered, up to number ${lane?.acked_through ?? 0}.`;
  $("central-state").textContent = words;
  $("central-state").className = central.fault || central.cut ? "bad" : "good";
}

async function refresh() {
  try {
    const [state, devices] = await Promise.all([call("GET", "/state"), call("GET", "/devices")]);
    showHall(state);
    showCentral(state.central);
    $("hall").textContent = state.lines.join(" · ");
    $("clock").textContent = state.local_time.slice(0, 16).replace("T", " ");
    $("screen-name").textContent = state.screen;
    showTickets(state.tickets);
    showServices(state.services);
    const printer = devices.find((d) => d.name === "printer");
    $("printer-url").textContent = printer.url;
    $("printer-state").textContent = printer.fault ?? (printer.near_end ? "Ready; the roll is nearly used up." : "Ready.");
    $("printer-state").className = printer.fault ? "bad" : "good";
    chips($("printer-faults"), printer);
    chips($("hub-faults"), devices.find((d) => d.name === "hub"));
    showReaders(devices.find((d) => d.name === "scanner"), devices.find((d) => d.name === "card"));
    await Promise.all([showPaper(printer.simulated), showAloud()]);
  } catch (e) {
    $("said").textContent = e.message;
  }
}

let logged = 0;
async function watchLog() {
  const { last, lines } = await call("GET", `/log?after=${logged}`);
  logged = last;
  if (lines.length) {
    const box = $("log");
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
    // Colours of the terminal mean nothing here.
    box.textContent = (box.textContent + lines.join("\n").replaceAll(/\x1b\[[0-9;]*m/g, "") + "\n").slice(-40000);
    if (atEnd) box.scrollTop = box.scrollHeight;
  }
}

for (const b of document.querySelectorAll("[data-staff]")) {
  b.onclick = () => act("POST", "/staff", JSON.parse(b.dataset.staff));
}
$("open-day").onclick = async () =>
  act("POST", "/staff", { type: "open_day", date: (await call("GET", "/state")).local_time.slice(0, 10) });
$("pause-service").onclick = () => act("POST", "/staff", { type: "pause_service", service: $("service").value, reason: "bench" });
$("resume-service").onclick = () => act("POST", "/staff", { type: "resume_service", service: $("service").value });
$("set-clock").onclick = () => $("local").value && act("POST", "/clock", { local: `${$("local").value}:00` });
$("power-cycle").onclick = () => act("POST", "/devices/printer/fault", { kind: "power-cycle" });
$("clear-paper").onclick = () => act("DELETE", "/paper");
$("central-cut").onclick = () => act("POST", "/central", { cut: $("central-cut").getAttribute("aria-pressed") !== "true" });
$("do-scan").onclick = () => act("POST", "/devices/scanner/scan", { text: $("scan").value });
$("lay").onclick = () => act("POST", "/devices/card/present", { present: true, card: $("chip").value });
$("take-away").onclick = () => act("POST", "/devices/card/present", { present: false });
for (const b of document.querySelectorAll("[data-key]")) {
  b.onclick = () => act("POST", "/devices/keypad/press", { key: b.dataset.key });
}

watchScreen();
showSamples().catch((e) => { $("said").textContent = e.message; });
refresh();
setInterval(refresh, 700);
setInterval(() => watchLog().catch(() => {}), 1000);
