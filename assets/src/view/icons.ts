// The few pictures on buttons: lines on a grid of 24, in the colour of the text.

const namespace = "http://www.w3.org/2000/svg";

const lines = {
  share: "M12 15V4m0 0L8 8m4-4 4 4M5 13v5a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h9a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2zM15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3",
  download: "M12 4v11m0 0l-4-4m4 4l4-4M5 20h14",
  source: "M9 7l-5 5 5 5M15 7l5 5-5 5",
  page: "M7 3h7l5 5v11a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM14 3v5h5",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  run: "M8 5l11 7-11 7z",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
  stop: "M7 7h10v10H7z",
  again: "M19 12a7 7 0 1 1-2-5m2-3v4h-4",
  plus: "M12 5v14M5 12h14",
  up: "M12 19V5m0 0-6 6m6-6 6 6",
  down: "M12 5v14m0 0-6-6m6 6 6-6",
} as const;

export type Icon = keyof typeof lines;

/** An SVG element with its attributes. */
export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Node[]
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(namespace, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

/** A picture for a button that says in words what it does. */
export function icon(name: Icon): SVGSVGElement {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: lines[name] }));
}
