// For both admins: what their theme leaves out for keyboards and screen readers. Each page works without it.
"use strict";
{
  // What opens is shown in a moment, and may come long after its button, or before it.
  const SHOWN_AFTER_MS = 80;
  const CAN_BE_PRESSED = "a[href], button, input, select, textarea, summary";
  const NAMES = { dock_to_right: "Menu", more_horiz: "More actions" };

  // Where the things stand that a button opens, by what the theme calls it.
  function openedBy(button) {
    const does = button.getAttribute("x-on:click");
    if (does.startsWith("filterOpen")) return document.getElementById("changelist-filter");
    if (does.startsWith("sidebarMobileOpen")) return document.getElementById("nav-sidebar");
    return does.startsWith("openUserLinks") ? button.previousElementSibling : null;
  }

  function firstIn(part) {
    const inside = part.querySelectorAll(`${CAN_BE_PRESSED}, [role="button"]`);
    return [...inside].find((element) => element.type !== "hidden" && element.checkVisibility());
  }

  // Presses with the keyboard lead into what was opened; Escape leads back.
  function press(button) {
    button.click();
    const part = openedBy(button);
    if (part) setTimeout(() => { if (part.checkVisibility()) firstIn(part)?.focus(); }, SHOWN_AFTER_MS);
    if (!part || part.dataset.leadsBack) return;
    part.dataset.leadsBack = "yes";
    part.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      button.click();
      button.focus();
    });
  }

  function makeButton(element) {
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.addEventListener("keydown", (event) => {
      if (event.target !== element || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      press(element);
    });
  }

  function nameIcon(icon) {
    const control = icon.closest("a, button, [role='button']");
    const name = NAMES[icon.textContent.trim()];
    if (control && name && control.textContent.trim() === icon.textContent.trim()) control.ariaLabel = name;
  }

  // The list that a search looks through: before its own box, or before the one that is open.
  function listOf(search) {
    const box = search.closest(".select2-container");
    const list = box?.previousElementSibling;
    if (list?.matches("select")) return list;
    return document.querySelector("select + .select2-container--open")?.previousElementSibling;
  }

  function nameSearches() {
    for (const search of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
      const list = listOf(search);
      const name = list?.ariaLabel || list?.labels[0]?.textContent.replace("*", "").trim();
      if (name) search.ariaLabel = name;
    }
    // select2 says what is open as ARIA 1.0 did.
    for (const box of document.querySelectorAll(".select2-selection[aria-owns]")) {
      box.setAttribute("aria-controls", box.getAttribute("aria-owns"));
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("main")?.setAttribute("role", "main");
    for (const element of document.querySelectorAll("[x-on\\:click]")) {
      // The dark around an open panel closes it for a mouse; a keyboard has Escape.
      if (!element.matches(CAN_BE_PRESSED) && element.id !== "changelist-filter-close") makeButton(element);
    }
    document.querySelectorAll(".material-symbols-outlined").forEach(nameIcon);
    nameSearches();
    // Searches come with their lists, and some only while a list is open.
    new MutationObserver(nameSearches).observe(document.body, { childList: true, subtree: true });
  });
}
