// What is found while one types into the search of the frame: the arrows walk through it, Escape puts it away. Without
// this script the search is a form like any other.
"use strict";

(function () {
  const found = () => document.getElementById("k-suggestions");
  const field = () => document.querySelector("[data-search]");

  function putAway() {
    const place = found();
    if (place) place.replaceChildren();
  }

  function step(from, by) {
    const stops = [field(), ...found().querySelectorAll("a")];
    const next = stops[stops.indexOf(from) + by];
    if (next) next.focus();
  }

  document.addEventListener("keydown", (event) => {
    const form = event.target instanceof Element && event.target.closest(".k-search");
    if (!form || !found() || !found().hasChildNodes()) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.target, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      field().focus();
      putAway();
    }
  });

  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      if (event.target instanceof Element && !event.target.closest(".k-search")) putAway();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const input = field();
    if (input) input.addEventListener("input", () => { if (!input.value.trim()) putAway(); });
  });
})();
