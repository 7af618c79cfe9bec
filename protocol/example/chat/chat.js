// The page's side of the chat: phoenix.js as it comes from npm, one channel,
// and a Presence. What visitors write reaches the document as text only.

import { LongPoll, Presence, Socket } from "./phoenix.mjs";

const find = (id) => document.getElementById(id);
const door = find("door");
const say = find("say");
const log = find("log");

const longPoll = new URLSearchParams(location.search).has("longpoll");
const socket = new Socket("/socket", longPoll ? { transport: LongPoll } : {});
const transport = longPoll ? "long polling" : "WebSocket";

let name = ""; // as the server knows it
let channel; // the room we are in, if we are in one

// Rooms

function roomOfAddress() {
  const fragment = location.hash.slice(1);
  try {
    return decodeURIComponent(fragment) || "lobby";
  } catch {
    return fragment; // a % that begins no escape
  }
}

function showRoom() {
  find("room").textContent = roomOfAddress();
  document.title = `#${roomOfAddress()}`;
}

function enter(wish) {
  leave();
  const room = socket.channel(`room:${roomOfAddress()}`, () => ({ name: wish }));
  channel = room;
  const presence = new Presence(room);
  let met = false; // whoever is there when we come has not just joined
  presence.onJoin((who, before) => {
    if (met && !before) note(who, "is here");
  });
  presence.onLeave((who, after) => {
    if (met && after.metas.length === 0) note(who, "has left");
  });
  presence.onSync(() => {
    if (room !== channel) return;
    met = true;
    showPeople(presence);
  });
  room.on("said", ({ from, text }) => { addMessage(from, text); });
  room.join()
    .receive("ok", (welcome) => {
      name = welcome.name;
      typing = false;
      localStorage.setItem("name", name);
      problem("");
      show(say);
    })
    .receive("error", ({ reason }) => {
      leave(); // or phoenix.js would ask again and again
      problem(reason);
      show(door);
    });
}

function leave() {
  channel?.leave();
  channel = undefined;
  find("presence").hidden = true;
  find("typing").textContent = "";
}

// What is shown

function element(tag, className, ...children) {
  const e = document.createElement(tag);
  e.className = className;
  e.append(...children);
  return e;
}

/** A name in its own colour; bdi, for names that are written from right to left. */
function nameOf(who) {
  const e = element("bdi", "name", who);
  let hue = 0;
  for (const c of who) hue = (hue * 31 + c.codePointAt(0)) % 360;
  e.style.setProperty("--hue", hue);
  return e;
}

function add(item) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  log.append(item);
  while (log.children.length > 500) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function addMessage(from, text) {
  const now = new Date();
  const time = element("time", "", now.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = now.toISOString();
  const item = element("li", "message", nameOf(from), time, element("p", "", text));
  item.classList.toggle("mine", from === name);
  add(item);
}

function note(who, what) {
  add(element("li", "note", element("bdi", "", who), ` ${what}`));
}

function showPeople(presence) {
  const people = presence.list((who, { metas }) => ({
    who,
    windows: metas.length,
    typing: metas.some((meta) => meta.typing),
  }));
  people.sort((a, b) => a.who.localeCompare(b.who));
  find("people").replaceChildren(...people.map(({ who, windows, typing }) => {
    const item = element("li", typing ? "person typing" : "person", nameOf(who));
    if (who === name) item.append(element("small", "", "you"));
    if (windows > 1) item.append(element("small", "", `${windows} windows`));
    return item;
  }));
  find("count").textContent = people.length;
  find("presence").hidden = false;
  const writing = people.filter((p) => p.typing && p.who !== name).map((p) => p.who);
  find("typing").textContent = writing.length === 0 ? "" :
    writing.length < 4 ? `${writing.join(", ")} ${writing.length === 1 ? "is" : "are"} typing…` : "Many are typing…";
}

function show(form) {
  if (!form.hidden) return;
  door.hidden = form !== door;
  say.hidden = form !== say;
  find("welcome").hidden = form !== door;
  form.querySelector("input").focus();
}

function problem(text) {
  find("problem").textContent = text;
  find("problem").hidden = text === "";
}

function status(state, text) {
  find("status").dataset.state = state;
  find("status").textContent = text;
}

// What is sent

let typing = false;
let pause;

function setTyping(now) {
  clearTimeout(pause);
  if (now) pause = setTimeout(() => { setTyping(false); }, 3000);
  if (now === typing) return;
  typing = now;
  channel?.push("typing", { typing });
}

say.elements.text.addEventListener("input", () => { setTyping(say.elements.text.value.trim() !== ""); });

say.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = say.elements.text.value;
  if (text.trim() === "" || !channel) return;
  say.elements.text.value = "";
  clearTimeout(pause);
  typing = false; // the server knows, from the message
  problem("");
  const failed = (why) => {
    problem(`Not sent: ${why}`);
    say.elements.text.value ||= text;
  };
  channel.push("say", { text })
    .receive("error", ({ reason }) => { failed(reason); })
    .receive("timeout", () => { failed("the server does not answer."); });
});

door.addEventListener("submit", (event) => {
  event.preventDefault();
  status("waiting", "Connecting…");
  socket.connect();
  enter(door.elements.name.value);
});

find("elsewhere").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.room;
  const room = field.value.trim().replace(/^#/, "");
  if (room === "") return;
  field.value = "";
  location.hash = encodeURIComponent(room);
});

addEventListener("hashchange", () => {
  showRoom();
  log.replaceChildren();
  if (channel) enter(name);
});

socket.onOpen(() => { status("open", `Connected by ${transport}`); });
socket.onClose(() => { status("waiting", "No connection. Trying again…"); });

showRoom();
status("waiting", "");
door.elements.name.value = localStorage.getItem("name") ?? "";
door.elements.name.focus();
