// What this is, and who can see what: /about. The server's document of that
// address says the same without a script.

import { appLink, h } from "../view/dom";
import { currentLanguage, say } from "../words/say";
import { go } from "./go";
import { siteMenu } from "./menu";
import { siteTexts } from "./text";

const source = "https://github.com/ephemeral-p2p/ephemeral";

/** Where the build has put the licences of what is bundled. */
declare const licencesAddress: string;

export class AboutView {
  readonly element: HTMLElement;
  /** What the document is called while this is shown. */
  readonly title: string;
  readonly #heading: HTMLElement;

  constructor() {
    const { about } = siteTexts[currentLanguage()];
    const home = () => { go("/"); };
    this.title = `${about.title} · ${say("brand")}`;
    this.#heading = h("h1", { tabindex: "-1" }, about.title);
    this.element = h(
      "div",
      { class: "about" },
      h("header", {}, appLink("brand", say("brand"), home)),
      h(
        "main",
        {},
        this.#heading,
        h("p", { class: "lead" }, about.lead),
        h("div", { class: "sections" }, ...about.sections.map(({ title, text }) =>
          h("section", {}, h("h2", {}, title), h("p", {}, text)))),
        ...contactLine(about.contact),
        h("p", {}, about.source, " ", outward(source, "github.com/ephemeral-p2p/ephemeral"),
          " · ", outward(licencesAddress, about.licences)),
        h("p", {}, appLink("button", about.write, home)),
      ),
      siteMenu(),
    );
  }

  /** Puts the focus where one who has just come here reads on. */
  focus(): void {
    this.#heading.focus();
  }
}

/** Who runs the server, if they say so: the document has it. */
function contactLine(text: string): HTMLElement[] {
  const contact = document.querySelector<HTMLMetaElement>('meta[name="contact"]')?.content;
  return contact === undefined ? [] : [h("p", {}, text, " ", outward(contact, contact.replace(/^mailto:|^tel:/, "")))];
}

/** A link that leaves this site, in a tab of its own: this one may be keeping pages alive. */
function outward(href: string, text: string): HTMLElement {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
}
