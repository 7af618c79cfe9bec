// What a visitor has chosen, kept in this browser. Browsers may keep nothing at
// all, and say so by an error: then a choice holds until the tab is closed.

/** What was remembered under that name, if anything. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a value for all tabs from now on, or forgets it. */
export function remember(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // It is not kept. The choice itself was made.
  }
}
