// The application: which of this tab's pages the address bar is about, and what
// is shown of it.

import { Awake } from "./page/awake";
import { addressPattern } from "./page/digest";
import { guard, wouldBeLost } from "./page/guard";
import { choice } from "./page/keep";
import { Library } from "./page/library";
import type { Page } from "./page/page";
import { dressed } from "./site/dress";
import { followLanguage } from "./site/language";
import { renewIfOutdated, renewalIsHarmlessIf } from "./site/renew";
import { followTheme } from "./site/theme";
import type { PageView } from "./view/pageview";
import { say } from "./words/say";
import type { WriteView } from "./write/writeview";

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

/** Shows what the address bar says. The view that it needs comes with its own script. */
async function route(): Promise<void> {
  const path = location.pathname.slice(1);
  library.show(path);
  for (const [page, view] of views) {
    if (page.address === path || page.kept) continue;
    view.close();
    views.delete(page);
  }
  if (addressPattern.test(path)) {
    const view = await viewOf(library.open(path));
    if (location.pathname.slice(1) === path) show(view.element);
  } else if (path === "about") {
    await about();
  } else {
    const view = await writeView();
    if (location.pathname.slice(1) !== path) return;
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
  const [{ AboutView }] = await Promise.all([import("./site/aboutview"), dressed("about")]);
  if (location.pathname !== "/about") return;
  const view = new AboutView();
  document.title = view.title;
  show(view.element);
  view.focus();
}

/** What a page is shown with. */
async function pageScript(): Promise<typeof import("./view/pageview")> {
  const [script] = await Promise.all([import("./view/pageview"), dressed("page")]);
  return script;
}

async function viewOf(page: Page): Promise<PageView> {
  const { PageView } = await pageScript();
  const view = views.get(page) ?? new PageView(page, { write, edit, awake, keep: library.keep });
  views.set(page, view);
  page.changed = () => { if (view.element.isConnected) view.update(); };
  awake.changed = page.changed;
  view.update();
  return view;
}

async function writeView(): Promise<WriteView> {
  const [{ WriteView }] = await Promise.all([import("./write/writeview"), dressed("write")]);
  writing ??= new WriteView({
    share,
    limit: () => library.limit(),
    pages: () => library.list(),
    show: (page) => { visit(page).catch(renewIfOutdated); },
  });
  // Who writes wants to see the page next, whatever the network does until then.
  writing.element.addEventListener("input", () => { pageScript().catch(() => undefined); }, { once: true });
  return writing;
}

/** Goes to the front page. What this tab holds it goes on holding. */
async function write(): Promise<void> {
  const view = await writeView();
  history.pushState(null, "", "/");
  await route();
  view.focus();
}

/** Goes there with a copy of a page, to be written on. */
async function edit(content: string): Promise<void> {
  (await writeView()).load(content);
  await write();
}

/** Makes a page of what was written, and shows it. What cannot be shown is not shared. */
async function share(content: string): Promise<void> {
  await pageScript();
  await visit(await library.write(content));
}

/** Goes to a page that this tab has. */
async function visit(page: Page): Promise<void> {
  // The address changes once there is something to show under it.
  await pageScript();
  history.pushState(null, "", `/${page.address}`);
  await route();
  (await viewOf(page)).focus();
}

/** Says everything anew. The pages and their connection stay. */
function rebuild(): void {
  for (const view of views.values()) view.close();
  views.clear();
  writing = undefined;
  route().catch(renewIfOutdated);
}

library.changed = follow;
renewalIsHarmlessIf(() => library.list().every(({ state }) => state.survives));
// Turned off in one tab, turned off in all of them.
addEventListener("storage", ({ key, newValue }) => {
  if (key === choice || key === null) library.keep.obey(newValue !== "off");
});
followTheme();
await followLanguage(rebuild);
addEventListener("popstate", () => { route().catch(renewIfOutdated); });
await route().catch(renewIfOutdated);
