// Builds the front end: src → dist. With --tests it bundles the tests instead:
// test/*.test.ts → build/test, or the folder that TEST_OUT names.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = (name) => path.join(here, "src", name);
const output = (name) => path.join(here, "dist", name);

// Browsers since 2022. What the application needs above that, it asks for.
const target = ["chrome105", "firefox105", "safari16"];

const options = { bundle: true, minify: true, target, legalComments: "none", logLevel: "warning" };

/** Bundles one entry point and returns what is to be written. */
async function bundle(entry, format) {
  const result = await build({ ...options, entryPoints: [source(entry)], write: false, format, outdir: here });
  return Buffer.from(result.outputFiles[0].contents);
}

/**
 * Bundles the application into dist/static and returns its path. What it
 * imports when needed is in files of its own.
 */
async function bundleApplication() {
  const result = await build({
    ...options,
    entryPoints: { app: source("main.ts") },
    format: "esm",
    splitting: true,
    outdir: output("static"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    metafile: true,
  });
  const [entry] = Object.entries(result.metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith("main.ts"));
  return `/static/${path.basename(entry)}`;
}

/** Writes a file into dist/static under a name that its content determines. */
async function publish(name, content) {
  const { name: stem, ext } = path.parse(name);
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const published = `${stem}-${digest}${ext}`;
  await writeFile(output(path.join("static", published)), content);
  return `/static/${published}`;
}

/** Fills the places {{name}} of a document. A place without a value is a mistake. */
function fill(document, values) {
  return document.replaceAll(/\{\{(\w+)\}\}/g, (place, name) => {
    if (!Object.hasOwn(values, name)) throw new Error(`nothing to put in place of ${place}`);
    return values[name];
  });
}

async function buildFrontEnd() {
  await rm(output("static"), { recursive: true, force: true });
  await mkdir(output("static"), { recursive: true });

  const links = {
    app: await bundleApplication(),
    style: await publish("style.css", await bundle("style/style.css")),
    icon: await publish("icon.svg", await readFile(source("site/icon.svg"))),
  };
  for (const name of ["index.html", "missing.html"]) {
    await writeFile(output(name), fill(await readFile(source(`site/${name}`), "utf8"), links));
  }

  // The frame's script stands in its document: the frame's policy lets nothing
  // be loaded. The nonce is put in by the server, once for each response.
  const script = (await bundle("frame/frame.ts", "iife")).toString("utf8").trim();
  await writeFile(
    output("frame.html"),
    fill(await readFile(source("frame/frame.html"), "utf8"), { script, nonce: "{{nonce}}" }),
  );
}

async function buildTests() {
  // Within the project in any case: a test finds its packages from where it stands.
  const outdir = path.resolve(here, process.env.TEST_OUT ?? path.join("build", "test"));
  await rm(outdir, { recursive: true, force: true });
  const tests = (await readdir(path.join(here, "test"))).filter((name) => name.endsWith(".test.ts"));
  await build({
    entryPoints: tests.map((name) => path.join(here, "test", name)),
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    outdir,
    outExtension: { ".js": ".mjs" },
    sourcemap: "inline",
    logLevel: "warning",
  });
}

await (process.argv.includes("--tests") ? buildTests() : buildFrontEnd());
