// Runs in the sandboxed frame in which a stranger's page is shown, and is the
// one script there: the frame's policy names it by its nonce (PRODUCT.md §3).
// The frame has no origin of its own, no network and no storage; it is given
// the content, shows it, and tells the application which links are followed.

import { guardLinks, tell } from "./guard";
import { fromApplication, type Show, type Shown } from "./messages";
import { prepare } from "./prepare";

const sizes = new ResizeObserver(() => { tell({ type: "height", height: document.documentElement.scrollHeight }); });

let shown: Shown | undefined;

function show({ content, as, keep }: Show): void {
  const { document: prepared, markup, scripts } = prepare(content, as, "remove");
  const [x, y] = keep ? [scrollX, scrollY] : [0, 0];
  document.replaceChild(document.adoptNode(prepared.documentElement), document.documentElement);
  scrollTo(x, y);
  // A page without links is reached by keys as well, to be scrolled.
  document.documentElement.tabIndex = 0;
  shown = { type: "shown", markup, scripts };
  tell(shown);
  sizes.disconnect();
  sizes.observe(document.documentElement);
}

addEventListener("message", (event) => {
  if (event.source !== parent) return;
  const message = fromApplication(event.data);
  if (message?.type === "show") show(message);
  else if (message && shown) tell(shown);
});
guardLinks();
tell({ type: "ready" });
