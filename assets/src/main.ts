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
const writing = new WriteView((content) => { void share(content); });

library.changed = () => {
  const pages = library.list();
  awake.holding(pages.length > 0);
  writing.update(pages.length);
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
    show(writing.element);
  }
}

function show(element: HTMLElement): void {
  document.body.replaceChildren(element);
}

function viewOf(page: Page): PageView {
  const view = views.get(page) ?? new PageView(page, { write, edit: write });
  views.set(page, view);
  page.changed = () => { if (location.pathname.slice(1) === page.address) view.update(); };
  view.update();
  return view;
}

/** Goes to an empty front page. What this tab holds it goes on holding. */
function write(): void {
  history.pushState(null, "", "/");
  writing.clear();
  route();
  writing.focus();
}

/** Makes a page of what was written, and shows it. */
async function share(content: string): Promise<void> {
  const page = await library.write(content);
  history.pushState(null, "", `/${page.address}`);
  route();
  viewOf(page).focus();
}

addEventListener("popstate", route);
route();
