// Passkeys: the browser's own dialogue between our question and its answer. Without this script there are mailed links.
"use strict";

(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function post(path, csrf, body) {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail || said.title);
    return said;
  }

  async function add(box) {
    const options = await post("/account/passkeys/options", box.dataset.csrf, {});
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    for (const known of options.excludeCredentials || []) known.id = bytes(known.id);
    const made = await navigator.credentials.create({ publicKey: options });
    return post("/account/passkeys", box.dataset.csrf, {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
      },
    });
  }

  async function signIn(box) {
    const options = await post("/sign-in/passkey/options", box.dataset.csrf, {});
    options.challenge = bytes(options.challenge);
    const found = await navigator.credentials.get({ publicKey: options });
    return post("/sign-in/passkey?next=" + encodeURIComponent(box.dataset.next), box.dataset.csrf, {
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      response: {
        clientDataJSON: text(found.response.clientDataJSON),
        authenticatorData: text(found.response.authenticatorData),
        signature: text(found.response.signature),
        userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
      },
    });
  }

  function offer(id, act) {
    const box = document.getElementById(id);
    if (!box || !window.PublicKeyCredential) return;
    const button = box.querySelector("button");
    const error = box.querySelector("[role=alert]");
    button.addEventListener("click", async () => {
      error.textContent = "";
      button.disabled = true;
      try {
        location.assign((await act(box)).next);
      } catch (problem) {
        const ended = problem.name === "NotAllowedError";
        error.textContent = ended ? "That was cancelled, or took too long. Nothing has changed." : problem.message;
        button.disabled = false;
      }
    });
    box.hidden = false;
  }

  document.getElementById("passkey-needs")?.remove();
  offer("passkey-add", add);
  offer("passkey-sign-in", signIn);
})();
