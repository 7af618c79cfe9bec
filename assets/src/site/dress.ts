// The styles of a view come with the view: with the document if it is the first
// one, and by a link of their own later.

/** Where the build has put them. */
declare const styleAddresses: Readonly<Record<Dress, string>>;

export type Dress = "write" | "page" | "about";

const dressing = new Map<Dress, Promise<void>>();

/** Resolves when the styles of that view are there, or cannot be had. */
export function dressed(view: Dress): Promise<void> {
  const promise = dressing.get(view) ?? dress(styleAddresses[view]);
  dressing.set(view, promise);
  return promise;
}

function dress(href: string): Promise<void> {
  if (document.querySelector(`link[rel="stylesheet"][href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.addEventListener("load", () => { resolve(); });
    // Words without a look are better than none.
    link.addEventListener("error", () => { resolve(); });
    document.head.append(link);
  });
}
