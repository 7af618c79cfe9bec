// The documents that are not only the application's: each in every language,
// English in dist and the others in folders of their own. What a server alone
// knows is left open for it: [[origin]] and [[contact]] (see place.go).
import { Buffer } from "node:buffer";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

/** Fills the places {{name}} of a document. A place without a value is a mistake. */
export function fill(document, values) {
  return document.replaceAll(/\{\{(\w+)\}\}/g, (place, name) => {
    if (!Object.hasOwn(values, name)) throw new Error(`nothing to put in place of ${place}`);
    return values[name];
  });
}

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => text.replaceAll(/[&<>"]/g, (character) => escapes[character]);

/** The texts of each language, as the application has them. */
async function siteTexts(file) {
  const { outputFiles: [bundle] } = await build({ entryPoints: [file], bundle: true, write: false, format: "esm", outdir: "unused" });
  const module = `data:text/javascript;base64,${Buffer.from(bundle.contents).toString("base64")}`;
  return (await import(module)).siteTexts;
}

/** What a browser is told of a site that can be put among its programs. */
function manifest(language, { description }, links) {
  const icon = (sizes, purpose) => ({ src: links[`icon${sizes}`], sizes: `${sizes}x${sizes}`, type: "image/png", purpose });
  return JSON.stringify({
    id: "/",
    start_url: "/",
    scope: "/",
    lang: language,
    name: "ephemeral",
    short_name: "ephemeral",
    description,
    // The address of a page is what one wants to send: it stays in sight.
    display: "minimal-ui",
    background_color: "#faf6ee",
    theme_color: "#faf6ee",
    icons: [{ src: links.icon, sizes: "any", type: "image/svg+xml" }, icon(192, "maskable"), icon(512, "maskable"), icon(512, "any")],
  });
}

/** The documents, and the view that each of them begins with. */
const documents = [
  { name: "index.html", from: "index.html", view: "write", script: "src/write/writeview.ts" },
  { name: "page.html", from: "index.html", view: "page", script: "src/view/pageview.ts" },
  { name: "about.html", from: "about.html", view: "about", script: "src/site/aboutview.ts" },
  { name: "missing.html", from: "missing.html" },
];

/** What the documents of a language say. */
function values(language, { description, needsScript, missing, about }) {
  const texts = {
    language,
    description,
    needsScriptTitle: needsScript.title,
    needsScriptText: needsScript.text,
    missingTitle: missing.title,
    missingText: missing.text,
    missingWrite: missing.write,
    aboutTitle: about.title,
    aboutLead: about.lead,
    aboutContact: about.contact,
    aboutSource: about.source,
    aboutLicences: about.licences,
    aboutWrite: about.write,
  };
  return {
    ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, escaped(text)])),
    aboutSections: about.sections
      .map(({ title, text }) => `<section><h2>${escaped(title)}</h2><p>${escaped(text)}</p></section>`)
      .join("\n"),
  };
}

/**
 * Writes the documents of every language. links are the addresses of the static
 * files, styles those of each view, scripts what a view asks for at once.
 */
export async function writeDocuments({ source, output, publish, links, styles, scripts }) {
  const texts = await siteTexts(source("site/text.ts"));
  for (const [language, text] of Object.entries(texts)) {
    const own = { ...links, ...values(language, text) };
    own.manifest = await publish("manifest.webmanifest", manifest(language, text, links));
    own.head = fill((await readFile(source("site/head.html"), "utf8")).trim(), own);
    const folder = language === "en" ? "" : language;
    await mkdir(output(folder), { recursive: true });
    for (const { name, from, view, script } of documents) {
      own.viewStyle = styles[view];
      own.preloads = script === undefined ? "" : scripts(script, language).map((href) => `<link rel="modulepreload" href="${href}">`).join("\n");
      await writeFile(output(path.join(folder, name)), fill(await readFile(source(`site/${from}`), "utf8"), own));
    }
  }
}
