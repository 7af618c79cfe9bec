// Builds the front end: src → dist. With --tests it bundles the tests instead:
// test/*.test.ts → build/test, or the folder that TEST_OUT names.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { fill, writeDocuments } from "./documents.mjs";
import { licencesName, licencesOf } from "./licences.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = (name) => path.join(here, "src", name);
const output = (name) => path.join(here, "dist", name);

// Browsers since 2022, Safari since 16.4 (2023), which is the first with adoptedStyleSheets
// (src/view/late.ts). What the application needs above that, it asks for.
const target = ["chrome105", "firefox105", "safari16.4"];

const options = { bundle: true, minify: true, target, legalComments: "none", logLevel: "warning" };

/** Gives a script that imports a style sheet its text: styles that come when needed. */
const styleTexts = {
  name: "style-texts",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
      const { code } = await transform(await readFile(file, "utf8"), { loader: "css", minify: true, target });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** Bundles one entry point and returns what is to be written. */
async function bundle(entry, format) {
  const result = await build({ ...options, entryPoints: [source(entry)], write: false, format, outdir: here });
  return Buffer.from(result.outputFiles[0].contents);
}

/**
 * Bundles the application into dist/static, with the licences of what is in it
 * beside it. What it imports when needed is in files of its own. Returns its address, and what should be sent along with it,
 * for it asks for that at once: a view's script and the words of a language.
 */
async function bundleApplication(styleAddresses, licences) {
  const { metafile: { inputs, outputs } } = await build({
    ...options,
    entryPoints: { app: source("main.ts") },
    plugins: [styleTexts],
    define: { styleAddresses: JSON.stringify(styleAddresses), licencesAddress: JSON.stringify(`/static/${licences}`) },
    absWorkingDir: here,
    format: "esm",
    splitting: true,
    outdir: output("static"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    metafile: true,
  });
  await writeFile(output(path.join("static", licences)), await licencesOf(Object.keys(inputs), here));
  const address = (name) => `/static/${path.basename(name)}`;
  const from = (file) => Object.keys(outputs).find((name) => outputs[name].entryPoint?.endsWith(file));
  const atOnce = (name, found = new Set()) => {
    for (const { path: next, kind } of outputs[name].imports) {
      if (kind !== "import-statement" || found.has(next)) continue;
      found.add(next);
      atOnce(next, found);
    }
    return found;
  };
  const entry = from("src/main.ts");
  const scripts = (view, language) => {
    const wanted = [from(view), from(`src/words/${language}.ts`)].filter((name) => name !== undefined);
    return [...new Set([entry, ...wanted].flatMap((name) => [name, ...atOnce(name)]))].filter((name) => name !== entry).map(address);
  };
  return { app: address(entry), scripts };
}

/** Writes a file into dist/static under a name that its content determines. */
async function publish(name, content) {
  const { name: stem, ext } = path.parse(name);
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const published = `${stem}-${digest}${ext}`;
  await writeFile(output(path.join("static", published)), content);
  return `/static/${published}`;
}

async function buildFrontEnd() {
  // Half a front end is none: should this fail, nothing is left of the last one.
  for (const name of await readdir(output(""))) {
    if (name !== "README") await rm(output(name), { recursive: true, force: true });
  }
  await mkdir(output("static"), { recursive: true });

  const styles = {};
  for (const view of ["write", "page", "about"]) styles[view] = await publish(`${view}.css`, await bundle(`style/${view}.css`));
  const licences = await licencesName(here);
  const { app, scripts } = await bundleApplication(styles, licences);
  const links = {
    app,
    licences: `/static/${licences}`,
    plain: await publish("plain.js", await bundle("site/plain.ts", "esm")),
    style: await publish("style.css", await bundle("style/style.css")),
    icon: await publish("icon.svg", await readFile(source("site/icon.svg"))),
    preview: await publish("preview.png", await readFile(source("site/preview.png"))),
  };
  for (const size of [32, 180, 192, 512]) {
    links[`icon${size}`] = await publish(`icon${size}.png`, await readFile(source(`site/icon${size}.png`)));
  }
  await writeDocuments({ source, output, publish, links, styles, scripts });

  // A frame's script stands in its document: the frame's policy lets nothing be
  // loaded. The nonce is put in by the server, once for each response.
  for (const name of ["frame", "scripts"]) {
    const script = (await bundle(`frame/${name}.ts`, "iife")).toString("utf8").trim();
    const document = await readFile(source(`frame/${name}.html`), "utf8");
    await writeFile(output(`${name}.html`), fill(document, { script, nonce: "{{nonce}}" }));
  }
}

async function buildTests() {
  // Within the project in any case: a test finds its packages from where it stands.
  const outdir = path.resolve(here, process.env.TEST_OUT ?? path.join("build", "test"));
  await rm(outdir, { recursive: true, force: true });
  const tests = (await readdir(path.join(here, "test"))).filter((name) => /(\.test|^pictures|^readme)\.ts$/.test(name));
  await build({
    entryPoints: tests.map((name) => path.join(here, "test", name)),
    bundle: true,
    packages: "external",
    inject: [path.join(here, "test", "english.ts")],
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
