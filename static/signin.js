// Comforts of the sign-in page: buttons of wallets in this browser, a countdown, going on when ZelCore has answered.
// Without it the form takes a signature that is pasted.
"use strict";

{
  const form = document.getElementById("wallet-form");
  const phrase = form.elements.loginPhrase.value;
  const over = document.getElementById("phrase-over");
  const left = document.getElementById("phrase-left");
  const failed = document.getElementById("wallet-error");
  const endsAt = performance.now() + 1000 * Number(form.dataset.seconds);
  const secondsLeft = () => Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));

  const tick = () => {
    const seconds = secondsLeft();
    const minutes = Math.ceil(seconds / 60);
    left.textContent = seconds > 90 ? `${minutes} minutes left` : `${seconds} seconds left`;
    if (seconds > 0) return;
    clearInterval(ticking);
    over.hidden = false;
    for (const button of form.querySelectorAll("button:not([data-copy])")) button.disabled = true;
  };
  const ticking = setInterval(tick, 1000);
  tick();

  // --- Wallets in this browser ---------------------------------------------------------------------

  const send = (zelid, signature) => {
    form.elements.zelid.value = zelid;
    form.elements.signature.value = signature;
    form.requestSubmit();
  };

  const offer = (id, sign) => {
    const button = document.getElementById(id);
    button.hidden = document.getElementById("browser-wallets").hidden = false;
    button.addEventListener("click", async () => {
      failed.hidden = true;
      button.disabled = true;
      try {
        send(...await sign());
      } catch (error) {
        failed.textContent = `The wallet did not sign (“${error?.message ?? error}”). Try again, or paste a signature below.`;
        failed.hidden = false;
      }
      button.disabled = secondsLeft() === 0;
    });
  };

  const offerWhatIsThere = () => {
    if (window.ssp && document.getElementById("ssp").hidden) {
      offer("ssp", async () => {
        const answer = await window.ssp.request("sspwid_sign_message", { message: phrase });
        if (answer.status === "ERROR") throw new Error(answer.data || answer.result || "refused");
        return [answer.address, answer.signature];
      });
    }
    if (window.ethereum && document.getElementById("ethereum").hidden) {
      offer("ethereum", async () => {
        const [address] = await window.ethereum.request({ method: "eth_requestAccounts" });
        return [address, await window.ethereum.request({ method: "personal_sign", params: [phrase, address] })];
      });
    }
  };
  offerWhatIsThere();
  // Extensions may come after the page.
  addEventListener("load", offerWhatIsThere);
  addEventListener("ethereum#initialized", offerWhatIsThere);

  // --- ZelCore, on this machine or on a phone ------------------------------------------------------

  const look = async () => {
    if (secondsLeft() === 0) return;
    if (!document.hidden) {
      try {
        const answer = await fetch(form.dataset.arrived, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).has_arrived) {
          document.getElementById("arrived-form").requestSubmit();
          return;
        }
      } catch {
        // The network is away for a moment: the next look may find it.
      }
    }
    setTimeout(look, 3000);
  };
  let isLooking = false;
  const begin = () => {
    if (!isLooking) setTimeout(look, 1500);
    isLooking = true;
  };
  document.getElementById("zelcore").addEventListener("click", begin);
  form.querySelector("details").addEventListener("toggle", begin);
}
