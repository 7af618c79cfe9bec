// A tab may be older than the site: when the server was built anew, the scripts
// that a tab has not fetched yet are gone. The new document names others.

import { say } from "../words/say";

/** Whether this tab can be loaded anew without losing a page. main.ts knows. */
let harmless = (): boolean => false;

export function renewalIsHarmlessIf(condition: () => boolean): void {
  harmless = condition;
}

/** Whether the server's document names another script than the one that this tab began with. */
async function outdated(): Promise<boolean> {
  const script = document.querySelector<HTMLScriptElement>("script[src]");
  const response = await fetch("/", { cache: "no-store" });
  return script !== null && response.ok && !(await response.text()).includes(new URL(script.src).pathname);
}

/**
 * To be called when a script could not be fetched. If that is so because there
 * is a newer build, the tab is loaded anew: at once if all of its pages survive
 * that, else if the visitor wants it. If the network is at fault nothing happens.
 */
export async function renewIfOutdated(): Promise<void> {
  const yes = await outdated().catch(() => false);
  if (yes && (harmless() || confirm(say("site.renewed")))) location.reload();
}
