// The application: which of this tab's pages the address bar is about, and what
// is shown of it.

import { Awake } from "./page/awake";
import { addressPattern } from "./page/digest";
import { guard, wouldBeLost } from "./page/guard";
import { choice } from "./page/keep";
import { Library } from "./page/library";
import type { Page } from "./page/page";
import { followLanguage } from "./site/language";
import { followTheme } from "./site/theme";
import { PageView } from "./view/pageview";
import { say } from "./words/say";
import { WriteView } from "./write/writeview";

const library = new Library();
const awake = new Awake();
const views = new Map<Page, PageView>();
let writing: WriteView | undefined;

/** Follows what becomes of this tab's pages, whatever is shown. */
function follow(): void {
  const pages = library.list();
  awake.holding(pages.some(({ state }) => state.phase === "kept"));
  guard(pages.some(({ state }) => wouldBeLost(state)));
  if (writing?.element.isConnected) writing.update();
}

/** Shows what the address bar says. */
function route(): void {
  const path = location.pathname.slice(1);
  library.show(path);
  for (const page of views.keys()) {
    if (page.address !== path && !page.kept) views.delete(page);
  }
  if (addressPattern.test(path)) {
    show(viewOf(library.open(path)).element);
  } else if (path === "about") {
    void about();
  } else {
    const view = writeView();
    document.title = say("brand");
    view.update();
    show(view.element);
  }
}

function show(element: HTMLElement): void {
  if (document.body.firstChild !== element) document.body.replaceChildren(element);
}

/** Shows what this site is. Its words come when they are needed. */
async function about(): Promise<void> {
  const { AboutView } = await import("./site/aboutview");
  if (location.pathname !== "/about") return;
  const view = new AboutView();
  document.title = view.title;
  show(view.element);
  view.focus();
}

function viewOf(page: Page): PageView {
  const view = views.get(page) ?? new PageView(page, { write, edit, awake, keep: library.keep });
  views.set(page, view);
  page.changed = () => { if (view.element.isConnected) view.update(); };
  awake.changed = page.changed;
  view.update();
  return view;
}

function writeView(): WriteView {
  writing ??= new WriteView({
    share: (content) => { void share(content); },
    limit: () => library.limit(),
    pages: () => library.list(),
    show: visit,
  });
  return writing;
}

/** Goes to the front page. What this tab holds it goes on holding. */
function write(): void {
  history.pushState(null, "", "/");
  route();
  writeView().focus();
}

/** Goes there with a copy of a page, to be written on. */
function edit(content: string): void {
  writeView().load(content);
  write();
}

/** Makes a page of what was written, and shows it. */
async function share(content: string): Promise<void> {
  visit(await library.write(content));
}

/** Goes to a page that this tab has. */
function visit(page: Page): void {
  history.pushState(null, "", `/${page.address}`);
  route();
  viewOf(page).focus();
}

/** Says everything anew. The pages and their connection stay. */
function rebuild(): void {
  for (const view of views.values()) view.close();
  views.clear();
  writing = undefined;
  route();
}

library.changed = follow;
// Turned off in one tab, turned off in all of them.
addEventListener("storage", ({ key, newValue }) => {
  if (key === choice || key === null) library.keep.obey(newValue !== "off");
});
followTheme();
await followLanguage(rebuild);
addEventListener("popstate", route);
route();
