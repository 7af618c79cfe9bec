// What this is, in three sentences, each with a little picture: a tab with an
// ember in it, an ember that goes from tab to tab, and tabs without one.

import { h } from "../view/dom";
import { type Key, say } from "../words/say";

type Shape = readonly [name: string, attributes: Readonly<Record<string, string>>];

const tab = (x: number, className = "tab"): Shape =>
  ["path", { class: className, d: `M${x} 31V12a4 4 0 0 1 4-4h8l3 4h13a4 4 0 0 1 4 4v15a4 4 0 0 1-4 4H${x + 4}a4 4 0 0 1-4-4Z` }];
const glow = (cx: number, className = ""): Shape => ["circle", { class: `glow ${className}`, cx: String(cx), cy: "23", r: "5" }];

const facts: readonly [key: Key, shapes: readonly Shape[]][] = [
  ["write.facts.stored", [tab(2), glow(18)]],
  ["write.facts.passed", [tab(2), tab(50), ["path", { class: "way", d: "M38 23H46" }], glow(18), glow(66, "passed")]],
  ["write.facts.gone", [tab(2, "tab closed"), tab(50, "tab closed"), glow(66, "gone")]],
];

export function factsList(): HTMLElement {
  return h("ul", { class: "facts" }, ...facts.map(([key, shapes]) => h("li", {}, drawing(shapes), h("p", {}, say(key)))));
}

function drawing(shapes: readonly Shape[]): SVGElement {
  const svg = shape("svg", { viewBox: "0 0 84 40", width: "84", height: "40", "aria-hidden": "true" });
  svg.append(...shapes.map(([name, attributes]) => shape(name, attributes)));
  return svg;
}

function shape(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}
