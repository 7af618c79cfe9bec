// A line for the foot of a view: what this is, the theme, the language.

import { h } from "../view/dom";
import { currentLanguage, isLanguage, languages, say } from "../words/say";
import { go } from "./go";
import { chooseLanguage } from "./language";
import { chooseTheme, currentTheme, themes } from "./theme";

/** A new menu. The language's choice tells followLanguage's listener, who makes the views anew. */
export function siteMenu(): HTMLElement {
  const about = h("a", { href: "/about" }, say("site.about"));
  if (location.pathname === "/about") about.setAttribute("aria-current", "page");
  about.addEventListener("click", (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go("/about");
  });
  return h("footer", { class: "site" }, about, themeChoice(), languageChoice());
}

function themeChoice(): HTMLElement {
  const choice = h("select", { name: "theme", autocomplete: "off" }, ...themes.map((theme) => h("option", { value: theme }, say(`site.theme.${theme}`))));
  choice.value = currentTheme();
  choice.addEventListener("change", () => {
    const theme = themes.find((name) => name === choice.value);
    if (theme) chooseTheme(theme);
  });
  return h("label", {}, say("site.theme"), " ", choice);
}

function languageChoice(): HTMLElement {
  const options = Object.entries(languages).map(([code, name]) => h("option", { value: code, lang: code }, name));
  const choice = h("select", { name: "language", autocomplete: "off", "aria-label": say("site.language") }, ...options);
  choice.value = currentLanguage();
  choice.addEventListener("change", () => {
    if (isLanguage(choice.value)) void chooseLanguage(choice.value).then(() => { choice.value = currentLanguage(); });
  });
  return choice;
}
