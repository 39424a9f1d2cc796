// The word being said is lit, a click on a word plays from it. Words are no elements (a page of hours would have tens
// of thousands) but ranges, made for one paragraph at a time: CSS Custom Highlight API.
const text = $("transcript"), tools = $("tools"), find = $("find"), query = $("query");
const rows = [...text.querySelectorAll("[data-t]")], starts = rows.map((row) => Number(row.dataset.t));
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let current, lit, follows = true, hits = [], hit = 0;

// A row's text nodes, their text in one string, its words in that, and when each word begins.
function read(row) {
  if (row.words) return row.words;
  const nodes = [], walker = document.createTreeWalker(row.querySelector(".said"), NodeFilter.SHOW_TEXT);
  let whole = "", at = Number(row.dataset.t);
  while (walker.nextNode()) {
    nodes.push({ node: walker.currentNode, from: whole.length });
    whole += walker.currentNode.data;
  }
  const times = row.dataset.w ? row.dataset.w.split(" ").map((step) => (at += parseInt(step, 36) / 100)) : [];
  const words = [...whole.matchAll(/\S+/g)].map((found) => [found.index, found.index + found[0].length]);
  return (row.words = { nodes, whole, times, words });
}

function rangeOf(row, from, to) {
  const range = new Range(), holder = (at) => read(row).nodes.findLast((entry) => entry.from <= at);
  const start = holder(from), end = holder(to - 1);
  range.setStart(start.node, from - start.from);
  range.setEnd(end.node, to - end.from);
  return range;
}

const light = (name, ...ranges) => window.Highlight && CSS.highlights.set(name, new Highlight(...ranges));

// The last of rising times that has come, by halving.
function lastOf(times, t) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t + 0.02) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// Bring a range or a row to where the eyes are, unless it is in sight.
function reveal(place) {
  const box = place.getBoundingClientRect();
  if (box.top > innerHeight * 0.2 && box.bottom < innerHeight * 0.66) return;
  const top = box.top - innerHeight * 0.3, far = Math.abs(top) > 2 * innerHeight;
  scrollBy({ top, behavior: calm.matches || far ? "instant" : "smooth" });
}

function follow() {
  const t = player.currentTime, row = rows[lastOf(starts, t)], { times, words } = row ? read(row) : { times: [] };
  const n = lastOf(times, t), word = words?.[n];
  if (row === current && word === lit) return;
  if (row !== current) {
    current?.classList.remove("spoken");
    row?.classList.add("spoken");
  }
  [current, lit] = [row, word];
  const range = word && rangeOf(row, ...word);
  light("word", ...(range ? [range] : []));
  if (row && follows && !player.paused) reveal(range || row);
}

function setFollow(on) {
  follows = on;
  $("follow").ariaPressed = on;
  if (on && current) reveal(current);
}

// A reader who scrolls wants to read elsewhere.
const away = () => { if (!player.paused) setFollow(false); };
addEventListener("wheel", away, { passive: true });
addEventListener("touchmove", away, { passive: true });
addEventListener("mousedown", (event) => { if (event.clientX >= document.documentElement.clientWidth) away(); });
addEventListener("keydown", (event) => { if (/^(Page|Home|End|ArrowUp|ArrowDown)/.test(event.key)) away(); });

function tick() {
  follow();
  if (!player.paused) requestAnimationFrame(tick);
}
player.addEventListener("play", tick);
document.addEventListener("sought", follow);

// A click on a word plays from it, beside the words from the paragraph's start; selecting text plays nothing.
text.addEventListener("click", (event) => {
  const row = event.target.closest("[data-t]"), { clientX: x, clientY: y } = event;
  if (!row || event.target.closest("a, button, details, figure") || String(getSelection())) return;
  const spot = document.caretPositionFromPoint?.(x, y) || document.caretRangeFromPoint?.(x, y);
  const { nodes, words, times } = read(row);
  const entry = nodes.find(({ node }) => node === (spot?.offsetNode || spot?.startContainer));
  const at = entry ? entry.from + (spot.offset ?? spot.startOffset) : 0;
  setFollow(true);
  seek(times[words.findIndex(([, to]) => at <= to)] ?? Number(row.dataset.t), true);
});

// The tools are one element, which goes to the paragraph where the pointer or the keyboard is.
for (const name of ["pointerover", "focusin"]) {
  text.addEventListener(name, (event) => {
    const row = event.target.closest("[data-t]");
    if (row && tools.parentElement !== row) row.querySelector(".at").after(tools);
    tools.hidden = false;
  });
}
const linkTo = (row) => `${page}?t=${row.dataset.t}#${row.id}`;
const plain = (words) => words.replace(/[\\`*_[\]<>#]/g, "\\$&");

async function copy(what, words) {
  try {
    await navigator.clipboard.writeText(words);
    say(what + " copied");
  } catch { // not allowed here: the reader copies it
    $("words").value = words;
    $("copy").showModal();
    $("words").select();
  }
}

// Search: white space and quotation marks match their like, every other sign itself.
function search() {
  const form = query.value.trim().replace(/[.*+?^${}()|[\]\\/]/g, "\\$&").replace(/\s+/g, "\\s+")
    .replace(/['’‘]/g, "['’‘]").replace(/["“”]/g, "[\"“”]");
  hits = [];
  for (const row of form.length > 1 ? rows : []) {
    for (const found of read(row).whole.matchAll(new RegExp(form, "giu"))) {
      hits.push([row, found.index, found.index + found[0].length]);
    }
  }
  light("hits", ...hits.slice(0, 2000).map((place) => rangeOf(...place)));
  hit = -1;
  step(1);
}
function step(by) {
  light("hit");
  $("found").textContent = query.value ? "Not found" : "";
  if (!hits.length) return;
  hit = (hit + by + hits.length) % hits.length;
  const range = rangeOf(...hits[hit]);
  light("hit", range);
  $("found").textContent = `${hit + 1} of ${hits.length}`;
  away();
  reveal(range);
}

Object.assign(actions, {
  follow: () => setFollow(!follows),
  link(button) {
    const row = button.closest("[data-t]");
    copy("Link", row ? linkTo(row) : `${page}?t=${clock(player.currentTime)}`);
  },
  quote(button) {
    const row = button.closest("[data-t]"), at = clock(Number(row.dataset.t)), post = row.querySelector(".post");
    const from = `[${plain(`${title}, by ${artist}`)}](${post ? post.href : player.dataset.post || page})`;
    copy("Quote", `> ${plain(read(row).whole)}\n>\n> — ${from} ([listen from ${at}](${linkTo(row)}))\n`);
  },
  search() {
    find.hidden = false;
    query.select();
  },
  foundNext: () => step(1),
  foundBefore: () => step(-1),
  close() {
    find.hidden = true;
    hits = [];
    for (const name of ["hits", "hit"]) light(name);
  },
});
query.oninput = search;
find.onkeydown = (event) => {
  if (event.key === "Escape") actions.close();
  if (event.key === "Enter" && event.target === query) step(event.shiftKey ? -1 : 1);
};
find.onsubmit = (event) => event.preventDefault();
follow();
