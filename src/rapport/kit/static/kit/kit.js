// The pages' own script. Loaded in the head, before anything is painted, so that the appearance is right from the start.
"use strict";

(function () {
  const root = document.documentElement;
  const darkSystem = matchMedia("(prefers-color-scheme: dark)");

  // Appearance: system, light or dark, remembered in this browser.
  function chosenTheme() {
    try {
      return localStorage.getItem("theme") || "system";
    } catch {
      return "system";
    }
  }

  function showTheme(choice) {
    const isDark = choice === "dark" || (choice === "system" && darkSystem.matches);
    root.setAttribute("data-bs-theme", isDark ? "dark" : "light");
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  }

  function chooseTheme(choice) {
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    showTheme(choice);
  }

  root.classList.add("k-script");
  showTheme(chosenTheme());
  darkSystem.addEventListener("change", () => showTheme(chosenTheme()));
  addEventListener("beforeprint", () => root.setAttribute("data-bs-theme", "light"));
  addEventListener("afterprint", () => showTheme(chosenTheme()));

  // What a screen reader is told. Emptied first, so that the same words are heard twice.
  function announce(words) {
    const live = document.getElementById("k-live");
    if (!live || !words) return;
    live.textContent = "";
    setTimeout(() => { live.textContent = words; }, 50);
  }

  function setNavigation(isOpen) {
    root.classList.toggle("k-nav-open", isOpen);
    const button = document.querySelector("[data-nav-toggle]");
    if (button) button.setAttribute("aria-expanded", String(isOpen));
  }

  async function copy(button) {
    const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    const text = source ? source.value ?? source.textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text.trim());
      announce("Copied");
      button.classList.add("k-done");
      setTimeout(() => button.classList.remove("k-done"), 2000);
    } catch {
      announce("Copying was not allowed; please select the text and copy it.");
    }
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest("[data-theme-choice], [data-nav-toggle], [data-copy], [data-copy-from]");
    if (!button) return;
    if (button.hasAttribute("data-theme-choice")) chooseTheme(button.dataset.themeChoice);
    else if (button.hasAttribute("data-nav-toggle")) setNavigation(!root.classList.contains("k-nav-open"));
    else copy(button);
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && root.classList.contains("k-nav-open")) {
      setNavigation(false);
      document.querySelector("[data-nav-toggle]").focus();
    }
  });

  // After a part of the page was exchanged, the focus goes where the eye goes and a screen reader is told.
  function attend(part) {
    const within = (selector) => (part.matches(selector) ? part : part.querySelector(selector));
    const place = within("[data-focus]") || within("[aria-invalid=true]");
    if (place) {
      if (place.tabIndex < 0) place.tabIndex = -1;
      place.focus();
    }
    const words = within("[data-announce]") || within("[role=alert]");
    if (words) announce(words.dataset.announce || words.textContent.trim());
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    showTheme(chosenTheme());
    if (event.target instanceof Element) attend(event.target);
  });
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(failure, () => announce("That did not work; nothing was changed. Please try again."));
  }

  document.addEventListener("DOMContentLoaded", () => {
    showTheme(chosenTheme());
    for (const choices of document.querySelectorAll("[data-theme-choices]")) choices.hidden = false;
    const place = document.querySelector("[data-focus]");
    if (place) place.focus();
  });
})();
