// Votes in place: what the server says against a vote is said beside it, and to screen readers.
document.addEventListener("htmx:responseError", (event) => {
  const { xhr, target } = event.detail;
  let detail = "That didn’t work. Load the page again.";
  try { detail = JSON.parse(xhr.responseText).detail || detail; } catch { /* not ours: a proxy's page, say */ }
  if (xhr.status === 401) { location.href = "/sign-in?next=/queue"; return; }
  say(target, detail);
});
document.addEventListener("htmx:sendError", (event) => say(event.detail.target, "The server can’t be reached. Your vote wasn’t counted."));

function say(control, text) {
  const line = control.querySelector(".error") || control.appendChild(document.createElement("p"));
  line.className = "error";
  line.textContent = text;
  document.getElementById("said").textContent = text;
}
