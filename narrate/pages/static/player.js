// Every element with data-t plays from there; ?t=83 or ?t=1:23 starts there; the paragraph being read is marked.
"use strict";
const player = document.getElementById("player");
const marks = [...document.querySelectorAll(".transcript [data-t]")];

const seconds = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

function seek(at) {
  if (!Number.isFinite(at) || at < 0) return;
  if (player.readyState > 0) player.currentTime = at;
  else player.addEventListener("loadedmetadata", () => { player.currentTime = at; }, { once: true });
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-t]");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  seek(Number(target.dataset.t));
  player.play();
});

player.addEventListener("timeupdate", () => {
  const now = marks.findLast((mark) => Number(mark.dataset.t) <= player.currentTime + 0.05);
  for (const mark of marks) mark.parentElement.classList.toggle("playing", mark === now);
});

const wanted = new URLSearchParams(location.search).get("t");
if (wanted) seek(seconds(wanted));
