// SPDX-License-Identifier: MIT OR Apache-2.0
// Whether the central still answers. htmx asks for the live parts; what it does not do stands here: questions
// before what cannot be undone, printing, filling fields of forms.
"use strict";

function connected(on) {
  document.body.classList.toggle("lost", !on);
  const lost = document.getElementById("lost");
  if (lost) lost.hidden = on;
}

document.addEventListener("htmx:sendError", () => connected(false));
document.addEventListener("htmx:timeout", () => connected(false));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 401) location.href = "/signin";
  else if (status === 403) location.reload();
  else connected(false);
});
document.addEventListener("htmx:afterOnLoad", () => connected(true));

document.addEventListener("click", (event) => {
  const ask = event.target.closest("[data-ask]");
  if (ask && !confirm(ask.dataset.ask)) event.preventDefault();
  if (event.target.closest("[data-print]")) print();
});
