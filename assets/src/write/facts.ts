// What this is, in three sentences, each with a little picture: a tab with an
// ember in it, an ember that goes from tab to tab, and tabs without one.

import { h } from "../view/dom";
import { svg } from "../view/icons";
import { type Key, say } from "../words/say";

type Shape = readonly [name: "path" | "circle", attributes: Readonly<Record<string, string>>];

const tab = (x: number, className = ""): Shape =>
  ["path", { class: `tab ${className}`, d: `M${x + 4} 5h26a4 4 0 0 1 4 4v22a4 4 0 0 1-4 4H${x + 4}a4 4 0 0 1-4-4V9a4 4 0 0 1 4-4ZM${x} 13h34` }];
const glow = (cx: number, className = ""): Shape => ["circle", { class: `glow ${className}`, cx: String(cx), cy: "24", r: "4.5" }];

const facts: readonly [key: Key, shapes: readonly Shape[]][] = [
  ["write.facts.stored", [tab(1), glow(18)]],
  ["write.facts.passed", [tab(1), tab(49), ["path", { class: "way", d: "M27 24H55" }], glow(18), glow(66, "passed")]],
  ["write.facts.gone", [tab(1, "closed"), tab(49, "closed"), glow(66, "gone")]],
];

export function factsList(): HTMLElement {
  return h("ul", { class: "facts" }, ...facts.map(([key, shapes]) => h("li", {}, drawing(shapes), h("p", {}, say(key)))));
}

function drawing(shapes: readonly Shape[]): SVGElement {
  const attributes = { viewBox: "0 0 84 40", width: "84", height: "40", "aria-hidden": "true" };
  return svg("svg", attributes, ...shapes.map(([name, of]) => svg(name, of)));
}
