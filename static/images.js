// Sends images one by one, shows how far each is, and lays what it became beside what it was. Without this file the
// forms work as forms. Each answer is a whole page: its parts are moved into this one, so the words that people read
// about a result stand in the templates alone.

const AT_ONCE = 2;
const TRIES = 5;
const LONGEST_WAIT_SECONDS = 60;

const form = document.querySelector("form[data-images], form[data-try]");
const input = form.elements.file;
const refusal = document.getElementById("refusal");
const said = document.querySelector("[data-said]");
const panel = document.getElementById("compare");
const frame = panel.querySelector(".compare-frame");
const range = panel.querySelector("input");

const copyOf = (id) => document.getElementById(id).content.cloneNode(true);
const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

// As Django's filesizeformat writes it.
function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log2(bytes || 1) / 10), 3);
  return `${(bytes / 1024 ** power).toFixed(power ? 1 : 0)}\u00a0${units[power]}`;
}

const percent = (before, after) => Math.round((1 - after / before) * 100) || 0;

// Posts a form with one image in it. Resolves to the request at its end; status 0 is no answer.
function send(data, responseType, onProgress) {
  const request = new XMLHttpRequest();
  request.open("POST", location.pathname);
  request.responseType = responseType;
  request.upload.addEventListener("progress", (event) => onProgress(event.loaded / event.total));
  return new Promise((resolve) => {
    request.addEventListener("loadend", () => resolve(request));
    request.send(data);
  });
}

function sentenceOf(request, page) {
  if (!request.status) return "The connection was lost. Check it, then add the image again.";
  const message = page?.querySelector("#refusal [data-message], .errorlist");
  if (message) return message.textContent.trim();
  if (new URL(request.responseURL).pathname !== location.pathname) return "You are signed out. Reload this page.";
  return `This did not work (${request.status}). Reload the page, then add the image again.`;
}

// --- Before and after ---------------------------------------------------------------------------

let shownBefore = "";

function move() {
  frame.style.setProperty("--at", `${range.value}%`);
  range.setAttribute("aria-valuetext", `${range.value} % before, ${100 - range.value} % after`);
}

// Resolves to whether this browser can show both. after: an address of the compressed image.
async function compare(image, after, afterBytes) {
  const [left, right] = frame.querySelectorAll("img");
  URL.revokeObjectURL(shownBefore);
  const before = shownBefore = URL.createObjectURL(image);
  left.src = before;
  right.src = after;
  left.alt = `${image.name} before`;
  right.alt = `${image.name} after`;
  panel.querySelector("[data-title]").textContent = image.name;
  panel.querySelector("[data-before]").textContent = size(image.size);
  panel.querySelector("[data-after]").textContent = size(afterBytes);
  range.value = 50;
  move();
  const canShow = await Promise.all([left.decode(), right.decode()]).then(() => true, () => false);
  // Another image took its place meanwhile, which is not this one's fault.
  if (before !== shownBefore) return true;
  panel.hidden = !canShow;
  return canShow;
}

range.addEventListener("input", move);

// --- Choosing and dropping ----------------------------------------------------------------------

function isFull(files) {
  if (files.length < 2 || input.multiple) return false;
  refusal.replaceChildren(copyOf("one-only"));
  return true;
}

function choose(take) {
  const zone = input.closest(".drop");
  // A file input beside this one takes what is dropped on it by itself.
  const isOther = ({ target }) => target.matches?.("input[type=file]") && target !== input;
  const isOurs = (event) => event.dataTransfer?.types.includes("Files") && !isOther(event);
  input.addEventListener("change", () => take([...input.files]));
  addEventListener("dragover", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
  addEventListener("drop", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    zone.classList.remove("over");
    if (isFull(event.dataTransfer.files)) return;
    input.files = event.dataTransfer.files;
    take([...input.files]);
  });
}

const reveal = (field) => field.closest("details")?.setAttribute("open", "");

// What is wrong with the options is shown before anything is sent.
function hasSoundOptions() {
  if (form.checkValidity()) return true;
  for (const field of form.querySelectorAll(":invalid")) reveal(field);
  form.reportValidity();
  return false;
}

// Puts the sentences of an answer's form beside the fields here that they are about. page: null takes all away.
function showFaults(page) {
  for (const list of form.querySelectorAll(".field .errorlist")) list.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const list of page?.querySelectorAll(".field .errorlist") ?? []) {
    const field = form.elements[list.closest(".field").querySelector("[name]").name];
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", [list.id, `${field.id}_helptext`].join(" ").trim());
    field.closest(".field").append(document.adoptNode(list));
    reveal(field);
  }
}

// --- The page of members ------------------------------------------------------------------------

function serveMembers() {
  const section = document.getElementById("results");
  const [body] = section.querySelector("table").tBodies;
  const waiting = [];
  let running = 0;

  // From here on images start when they are added.
  input.required = false;
  form.querySelector("[data-plain]").hidden = true;
  input.closest(".drop").classList.add("at-once");
  form.addEventListener("submit", (event) => event.preventDefault());

  function fail(job, sentence) {
    const row = copyOf("failed").querySelector("tr");
    row.querySelector("[data-name]").textContent = job.image.name;
    row.querySelector("[data-message]").textContent = sentence;
    place(job, row);
  }

  function place(job, row) {
    job.row.replaceWith(row);
    job.row = row;
    const result = row.querySelector("[data-message], [data-saved]").textContent.trim();
    said.textContent = `${job.image.name}: ${result}`;
  }

  function offerComparison({ row, image }) {
    const button = row.querySelector("[data-compare]");
    const show = async () => {
      const canShow = await compare(image, row.querySelector("a[download]").href, Number(row.dataset.after));
      button.hidden = !canShow;
      return canShow;
    };
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (!await show()) return;
      panel.scrollIntoView({ block: "nearest" });
      range.focus();
    });
    if (panel.hidden) show();
  }

  function finish(job, request) {
    const page = request.response;
    const row = page?.querySelector("#results tbody tr");
    if (row) {
      place(job, document.adoptNode(row));
      if (row.dataset.after) offerComparison(job);
    } else {
      fail(job, sentenceOf(request, page));
      showFaults(page);
      // Beside the sentence it may lead to the plans.
      refusal.replaceChildren(...(page?.querySelectorAll("#refusal > *") ?? []));
    }
    for (const id of ["credits", "archive"]) {
      const news = page?.getElementById(id);
      // An answer without a result has no archive, and takes none away.
      if (news?.firstElementChild) document.getElementById(id).replaceWith(document.adoptNode(news));
    }
    // Whatever else waits would be refused with the same words.
    if (request.status === 402) waiting.splice(0).forEach((other) => fail(other, sentenceOf(request, page)));
    addUp();
  }

  function addUp() {
    const done = [...body.querySelectorAll("tr[data-after]")].map((row) => row.dataset);
    const sum = (name) => done.reduce((total, sizes) => total + Number(sizes[name]), 0);
    const foot = section.querySelector("tfoot");
    foot.hidden = !done.length;
    if (!done.length) return;
    foot.querySelector("[data-before]").textContent = size(sum("before"));
    foot.querySelector("[data-after]").textContent = size(sum("after"));
    foot.querySelector("[data-saved]").textContent = `${percent(sum("before"), sum("after"))} %`;
  }

  async function run(job) {
    const bar = job.row.querySelector("progress");
    const state = job.row.querySelector("[data-state]");
    for (let left = TRIES - 1; ; left -= 1) {
      const request = await send(job.data, "document", (share) => {
        bar.value = share;
        state.textContent = share < 1 ? `Sent ${Math.round(share * 100)} %` : "Compressing";
      });
      const wait = Number(request.getResponseHeader("Retry-After")) || 1;
      if (request.status !== 429 || !left || wait > LONGEST_WAIT_SECONDS) return finish(job, request);
      said.textContent = `${job.image.name}: the service is busy. The next try is in ${wait} seconds.`;
      state.textContent = `Busy, next try in ${wait} s`;
      bar.value = 0;
      await pause(wait);
    }
  }

  function next() {
    while (running < AT_ONCE && waiting.length) {
      running += 1;
      run(waiting.shift()).finally(() => { running -= 1; next(); });
    }
  }

  choose((images) => {
    if (!hasSoundOptions()) return;
    refusal.replaceChildren();
    showFaults(null);
    for (const image of images) {
      const data = new FormData(form);
      data.set("file", image);
      const row = copyOf("waiting").querySelector("tr");
      row.querySelector("[data-name]").textContent = image.name;
      body.append(row);
      const job = { image, data, row };
      if (image.size > Number(form.dataset.maxBytes)) fail(job, form.dataset.tooLarge);
      else waiting.push(job);
    }
    input.value = "";
    section.hidden = false;
    addUp();
    next();
  });
}

// --- The page for everybody ---------------------------------------------------------------------

function serveEverybody() {
  const section = document.getElementById("result");
  const button = form.querySelector("button");
  const link = section.querySelector("a[download]");

  async function show(image, request) {
    const after = request.response;
    const extension = after.type.replace("image/", "").replace("jpeg", "jpg");
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(after);
    link.download = `${image.name.replace(/\.[^.]*$/, "")}.${extension}`;
    const won = percent(image.size, after.size);
    const verdict = won < 0 ? `${-won} % larger` : `${won} % saved`;
    const summary = `${size(image.size)} became ${size(after.size)}`;
    section.querySelector("[data-saved]").textContent = verdict;
    section.querySelector("[data-summary]").textContent = summary;
    said.textContent = `${verdict}: ${summary}`;
    section.hidden = false;
    await compare(image, link.href, after.size);
  }

  async function run() {
    const [image] = input.files;
    if (!image || button.disabled || !hasSoundOptions()) return;
    refusal.replaceChildren();
    button.disabled = true;
    said.textContent = "Compressing";
    const request = await send(new FormData(form), "blob", () => {});
    button.disabled = false;
    if (request.status === 200 && request.getResponseHeader("X-Compressed-Size")) return show(image, request);
    const page = request.response && new DOMParser().parseFromString(await request.response.text(), "text/html");
    const notice = copyOf("refused");
    notice.querySelector("[data-message]").textContent = sentenceOf(request, page);
    refusal.replaceChildren(notice);
    said.textContent = "";
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  choose(run);
}

if (form.hasAttribute("data-try")) serveEverybody();
else serveMembers();
