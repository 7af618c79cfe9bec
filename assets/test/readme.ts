// Takes the picture at the top of README.md, readme.png, of the application as
// it was built last: `npm run readme`. It is no test.

import { launch, Visitor } from "./browser";
import { Server } from "./server";

const letter = `Dear stranger,

this page is nowhere. It is not on a server, not in a cloud, not in a drawer. It is open in my tab, and now it is open in yours, and as long as one of us keeps it open, it is somewhere.

When you have read it, leave it open a while. Somebody may come.

— A.`;

const endings: (() => unknown)[] = [];
const t = { after: (end: () => unknown) => { endings.unshift(end); } } as Parameters<typeof launch>[0];

try {
  const server = await Server.start(t);
  const site = { url: "http://pages.example" };
  const browser = await launch(t, `--host-resolver-rules=MAP pages.example:80 ${server.host}`);
  const options = { viewport: { width: 1000, height: 460 }, colorScheme: "light" as const };
  const writer = await Visitor.arrive(t, browser, site, "/", options);
  const address = await writer.share(letter);
  const readers: Visitor[] = [];
  for (let i = 0; i < 4; i++) {
    const reader = await Visitor.arrive(t, browser, site, address, options);
    await reader.sees("Dear stranger,");
    readers.push(reader);
  }
  const shown = readers[0] ?? writer;
  await shown.reads("5 copies");
  await shown.page.screenshot({ path: "readme.png", animations: "disabled" });
} finally {
  for (const end of endings) await end();
}
