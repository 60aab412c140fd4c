// Everything here is a comfort: each page works without it.
"use strict";

// A button with data-copy="<id>" copies the text of that element. It is hidden without JavaScript.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) continue;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text.trim());
      button.textContent = "Copied";
    } catch {
      // Browsers refuse the clipboard outside HTTPS: select the text, so that Ctrl+C takes it.
      if (source.select) {
        source.focus();
        source.select();
      } else {
        getSelection().selectAllChildren(source);
      }
      button.textContent = "Selected, press Ctrl+C";
    }
    setTimeout(() => { button.textContent = label; }, 2500);
  });
}
