// Where this browser lets a tab put something by.

import type { Disk } from "./disk";
import { remembered } from "../site/remember";
import { choice, type Places } from "./keep";

/** How long after the start what others have left is swept away, in milliseconds. */
const sweepAfter = 10_000;

/** The places of this browser. What it forbids is undefined. */
export function placesOfBrowser(): Places {
  const session = allowed(() => sessionStorage);
  let disk: Promise<Disk | undefined> | undefined;
  const open = () => {
    disk ??= openDisk(session).catch((error: unknown) => {
      // What fails now may work the next time.
      disk = undefined;
      throw error;
    });
    return disk;
  };
  // Most visitors never have a large page, and need none of this.
  setTimeout(() => { void sweep(open); }, sweepAfter);
  return { session, local: allowed(() => localStorage), disk: open };
}

async function openDisk(session: Storage | undefined): Promise<Disk | undefined> {
  return session && (await import("./disk")).Disk.open(session);
}

async function sweep(open: () => Promise<Disk | undefined>): Promise<void> {
  try {
    const databases = await indexedDB.databases();
    if (!databases.some(({ name }) => name === "ephemeral")) return;
    const disk = await open();
    // Who wants nothing left may have said so when the browser could delete nothing.
    await (remembered(choice) === "off" ? disk?.clear() : disk?.sweep());
  } catch {
    // What cannot be seen cannot be swept. It cannot be read either: its key is gone.
  }
}

/** A storage, unless the visitor or the browser forbids it. */
function allowed(storage: () => Storage): Storage | undefined {
  try {
    return storage();
  } catch {
    return undefined;
  }
}
