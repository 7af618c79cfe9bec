// The longer texts of the site: what its documents say before, or without, any
// script. The build puts them into the documents of each language.

import type { Language } from "../words/say";
import { german } from "./text.de";
import { english } from "./text.en";

/** A heading and what is said below it. */
export interface Section {
  readonly title: string;
  readonly text: string;
}

export interface SiteText {
  /** What links to the site are described with. */
  readonly description: string;
  /** For a browser that runs no scripts. */
  readonly needsScript: Section;
  /** For an address that cannot be a page. */
  readonly missing: Section & { readonly write: string };
  readonly about: {
    readonly title: string;
    readonly lead: string;
    readonly sections: readonly Section[];
    readonly contact: string;
    readonly source: string;
    readonly licences: string;
    readonly write: string;
  };
}

export const siteTexts: Readonly<Record<Language, SiteText>> = { en: english, de: german };
