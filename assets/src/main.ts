// The application: which of this tab's pages the address bar is about, and what
// is shown of it.

import { Awake } from "./page/awake";
import { addressPattern } from "./page/digest";
import { Library } from "./page/library";
import type { Page } from "./page/page";
import { PageView } from "./view/pageview";
import { say } from "./words/say";
import { WriteView } from "./write/writeview";

const library = new Library();
const awake = new Awake();
const views = new Map<Page, PageView>();
const writing = new WriteView({
  share: (content) => { void share(content); },
  limit: () => library.limit(),
  pages: () => library.list(),
  show: (page) => { visit(page); },
});

library.changed = () => {
  const pages = library.list();
  awake.holding(pages.length > 0);
  writing.update();
};

/** Shows what the address bar says. */
function route(): void {
  const address = location.pathname.slice(1);
  library.settle(address);
  for (const page of views.keys()) {
    if (page.address !== address && !page.kept) views.delete(page);
  }
  if (addressPattern.test(address)) {
    show(viewOf(library.open(address)).element);
  } else {
    document.title = say("brand");
    writing.update();
    show(writing.element);
  }
}

function show(element: HTMLElement): void {
  document.body.replaceChildren(element);
}

function viewOf(page: Page): PageView {
  const view = views.get(page) ?? new PageView(page, { write, edit });
  views.set(page, view);
  page.changed = () => { if (location.pathname.slice(1) === page.address) view.update(); };
  view.update();
  return view;
}

/** Goes to the front page. What this tab holds it goes on holding. */
function write(): void {
  history.pushState(null, "", "/");
  route();
  writing.focus();
}

/** Goes there with a copy of a page, to be written on. */
function edit(content: string): void {
  writing.load(content);
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

addEventListener("popstate", route);
route();
