// Paper by day, embers by night: as the device has it, or as the visitor wants
// it. The colours are in style/tokens.css. A frame in the page follows by
// itself: what it prefers is the color-scheme of its element.

import { remember, remembered } from "./remember";

export const themes = ["auto", "light", "dark"] as const;

export type Theme = (typeof themes)[number];

const key = "theme";

let worn: Theme = "auto";

/** The theme that is shown now. */
export function currentTheme(): Theme {
  return worn;
}

/** Shows a theme and remembers it. */
export function chooseTheme(theme: Theme): void {
  remember(key, theme === "auto" ? undefined : theme);
  wear(theme);
}

/** Shows what was chosen, here or in another tab. To be called once. */
export function followTheme(): void {
  wear(read(remembered(key)));
  addEventListener("storage", (event) => {
    if (event.key === key || event.key === null) wear(read(remembered(key)));
  });
}

function read(text: string | undefined): Theme {
  return themes.find((theme) => theme === text) ?? "auto";
}

function wear(theme: Theme): void {
  worn = theme;
  document.documentElement.dataset["theme"] = theme;
  // The browser's own bars: one colour for each scheme, of which one counts.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const scheme = meta.dataset["scheme"] ?? "";
    meta.media = theme === "auto" ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? "all" : "not all";
  }
}
