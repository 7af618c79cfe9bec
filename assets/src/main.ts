// The application: which page this tab is about, and what it shows of it.

import { addressOf, addressPattern, wellFormed } from "./page/digest";
import { Page } from "./page/page";
import { PageView } from "./view/pageview";
import { type Link, openSocket } from "./net/socket";
import { say } from "./words/say";
import { WriteView } from "./write/writeview";

/** The pages of this tab. Those that it has, it holds until it is closed. */
const pages = new Map<string, Page>();
const views = new Map<Page, PageView>();
const writing = new WriteView((content) => { void share(content); });

let link: Link = "connecting";
const socket = openSocket((now) => {
  link = now;
  for (const page of pages.values()) page.linked(now);
});

/** Shows what the address bar says. */
function route(): void {
  const address = location.pathname.slice(1);
  for (const page of pages.values()) {
    if (page.address === address || page.kept) continue;
    page.abandon();
    pages.delete(page.address);
    views.delete(page);
  }
  if (addressPattern.test(address)) {
    show(viewOf(pages.get(address) ?? open(address)).element);
  } else {
    writing.update(pages.size);
    document.title = say("brand");
    show(writing.element);
  }
}

function show(element: HTMLElement): void {
  document.body.replaceChildren(element);
}

function open(address: string): Page {
  const page = Page.opened(socket, link, address);
  pages.set(address, page);
  return page;
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

/** Makes a page of what was written: from here on it lives. */
async function share(text: string): Promise<void> {
  const content = wellFormed(text);
  const address = await addressOf(content);
  const page = pages.get(address) ?? Page.written(socket, link, address, content);
  pages.set(address, page);
  history.pushState(null, "", `/${address}`);
  route();
  viewOf(page).focus();
}

addEventListener("popstate", route);
route();
