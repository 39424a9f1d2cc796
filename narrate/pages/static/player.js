// The player over <audio>. Without this file the browser's own controls and plain links do the work.
"use strict";
const $ = (id) => document.getElementById(id);
const player = $("player"), bar = $("bar"), range = $("seek"), speed = $("speed"), sleep = $("sleep"), skip = $("skip");
const { key, page, title, artist, album, art } = player.dataset;
const length = Number(player.dataset.length);
const chapters = [...document.querySelectorAll(".chapters [data-t]")].map((row) => {
  const link = row.querySelector("a");
  return { link, at: Number(row.dataset.t), title: link.textContent };
});
const notes = player.dataset.notes.split(" ").filter(Boolean).map((pair) => pair.split("-").map(Number));
const root = document.documentElement.classList;
let last = 0, sleepAt = Infinity, stored = 0;

// What this device remembers. A player in a frame has no key and leaves nothing behind.
function kept(name, value) {
  try {
    if (value === undefined) return key && localStorage.getItem("narrate " + name);
    if (key) localStorage.setItem("narrate " + name, value);
  } catch { /* switched off, or full */ }
}

function clock(s) {
  const parts = [s / 3600, (s / 60) % 60, s % 60].map(Math.floor);
  if (!parts[0]) parts.shift();
  return parts.map((n, i) => (i ? String(n).padStart(2, "0") : n)).join(":");
}

// "83", "1:23", "1:02:03.5", "83s" -> seconds; anything else is no time.
const seconds = (text) => (/^(\d+:){0,2}\d+(\.\d+)?s?$/.test(text)
  ? text.split(":").reduce((sum, part) => sum * 60 + parseFloat(part), 0) : NaN);

let quiet;
function say(text) {
  $("says").textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { $("says").textContent = ""; }, 5000);
}

function seek(at, plays) {
  if (!(at >= 0)) return;
  player.currentTime = last = Math.min(at, length);
  if (plays) play();
  show();
  document.dispatchEvent(new Event("sought"));
}
const play = () => player.play().catch(() => {});
const chapterAt = (t) => Math.max(0, chapters.findLastIndex((chapter) => chapter.at <= t + 0.05));

// Back goes to this chapter's start, or to the one before when it has only just begun.
function turn(by) {
  const now = chapterAt(player.currentTime);
  const to = by < 0 && player.currentTime > chapters[now].at + 3 ? now : now + by;
  if (to < chapters.length) seek(chapters[Math.max(0, to)].at);
}
function change(by) {
  speed.selectedIndex = Math.min(Math.max(0, speed.selectedIndex + by), speed.length - 1);
  speed.onchange();
  say(speed.value + "×");
}
const jump = (by) => seek(Math.max(0, player.currentTime + by));
const actions = {
  play: () => (player.paused ? play() : player.pause()),
  back: () => jump(-15), ahead: () => jump(30), left: () => jump(-5), right: () => jump(5),
  next: () => turn(1), previous: () => turn(-1), slower: () => change(-1), faster: () => change(1),
  help: () => $("help")?.showModal(),
  more: (button) => { button.ariaExpanded = bar.classList.toggle("open"); },
};
const keys = {
  " ": "play", k: "play", j: "back", l: "ahead", ArrowLeft: "left", ArrowRight: "right", n: "next", p: "previous",
  "<": "slower", ">": "faster", "?": "help", "/": "search", f: "follow",
};

function show() {
  const t = player.currentTime, now = chapterAt(t), chapter = chapters[now];
  range.value = t;
  range.ariaValueText = `${clock(t)} of ${clock(length)}, ${chapter.title}`;
  $("at").textContent = clock(t);
  $("left").textContent = "−" + clock(Math.max(0, length - t) / player.playbackRate);
  if (bar.dataset.chapter === String(now)) return;
  bar.dataset.chapter = now;
  $("now").textContent = chapter.title;
  chapters.forEach(({ link }, i) => { link.ariaCurrent = i === now ? "true" : null; });
}

// Crossed just now by playing on, not by a jump.
const crossed = (at, t) => last < at && at <= t;
function rest() {
  player.pause();
  player.volume = 1;
  sleep.value = "";
  sleepAt = Infinity;
}

player.addEventListener("timeupdate", () => {
  const t = player.currentTime;
  if (sleep.value === "chapter" && chapters.some((chapter) => crossed(chapter.at, t))) rest();
  if (Date.now() >= sleepAt) rest();
  else if (sleepAt - Date.now() < 5000) player.volume = (sleepAt - Date.now()) / 5000;
  const note = skip?.checked && notes.find(([start]) => crossed(start, t));
  last = t;
  if (note) return seek(note[1]);
  show();
  if (Math.abs(t - stored) > 5) remember();
});
function remember() {
  stored = player.currentTime;
  kept("at " + key, stored > length - 5 ? 0 : stored.toFixed(1));
}
player.addEventListener("seeking", () => { last = player.currentTime; });
for (const name of ["play", "pause", "ended"]) {
  player.addEventListener(name, () => {
    root.toggle("playing", !player.paused);
    $("play").ariaLabel = player.paused ? "Play" : "Pause";
    remember();
  });
}
player.addEventListener("error", () => say("The audio can’t be loaded. Check the connection, then reload the page."));
addEventListener("pagehide", remember);

range.oninput = () => seek(Number(range.value));
speed.onchange = () => {
  player.playbackRate = player.defaultPlaybackRate = Number(speed.value);
  kept("speed", speed.value);
  show();
};
sleep.onchange = () => {
  player.volume = 1;
  sleepAt = Number(sleep.value) ? Date.now() + Number(sleep.value) * 60000 : Infinity;
};
if (skip) skip.onchange = () => kept("skip", skip.checked ? "1" : "");

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const button = event.target.closest("[data-do]"), link = event.target.closest("a.at, .chapters a");
  if (button) actions[button.dataset.do](button);
  else if (link) {
    event.preventDefault();
    seek(Number(link.closest("[data-t]").dataset.t), true);
  }
});

document.addEventListener("keydown", (event) => {
  const action = actions[keys[event.key]], on = event.target;
  if (!action || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (on.matches("input:not([type=checkbox]), select, textarea")) return; // letters are typed, arrows move the slider
  if (event.key === " " && on.matches("button, a, summary, input")) return; // the key presses those
  event.preventDefault();
  action();
});

// ?t=83, ?t=1:23, #t=83: a link to a moment. It doesn't start by itself: the reader may be in a library.
function linked() {
  const wanted = new URLSearchParams(location.search).get("t"), hash = /^#t=([^,&]+)/.exec(location.hash);
  const at = seconds(hash ? hash[1] : wanted || "");
  return at < length ? at : NaN;
}
addEventListener("hashchange", () => { if (location.hash.startsWith("#t=")) seek(linked(), true); });

if (navigator.mediaSession) {
  const session = navigator.mediaSession;
  session.metadata = new MediaMetadata({
    title, artist, album, artwork: [{ src: art, type: "image/jpeg" }],
    chapterInfo: chapters.map((chapter) => ({ title: chapter.title, startTime: chapter.at })),
  });
  const handlers = {
    play, pause: () => player.pause(), previoustrack: actions.previous, nexttrack: actions.next,
    seekbackward: actions.back, seekforward: actions.ahead, seekto: (details) => seek(details.seekTime),
  };
  for (const [name, handler] of Object.entries(handlers)) {
    try { session.setActionHandler(name, handler); } catch { /* this browser has no such key */ }
  }
  player.addEventListener("timeupdate", () => session.setPositionState({
    duration: length, position: Math.min(player.currentTime, length), playbackRate: player.playbackRate,
  }));
}

player.controls = false;
player.preservesPitch = true;
bar.hidden = false;
root.add("scripted");
if (kept("speed")) speed.value = kept("speed");
if (!speed.value) speed.value = "1";
if (skip) skip.checked = kept("skip") === "1";
const begin = linked(), before = Number(kept("at " + key));
if (begin >= 0) seek(begin);
else if (before > 5 && before < length) {
  seek(before);
  say("Where you stopped: " + clock(before));
}
speed.onchange();
