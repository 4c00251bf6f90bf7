// Bundles scripts and styles, draws the icon sprite from lucide, and writes a manifest of hashed names.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const portal = path.dirname(here);
const out = path.join(portal, "static", "dist");
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/js/app.js", workspace: "src/js/workspace.js", charts: "src/js/charts.js", authoring: "src/js/authoring.js", builder: "src/js/builder.js", "app-style": "src/css/app.css" },
  outdir: out, bundle: true, splitting: true, format: "esm", minify: true, metafile: true, sourcemap: false,
  target: ["chrome123", "firefox121", "safari17.5"], legalComments: "linked",
  entryNames: "[name]-[hash]", chunkNames: "chunk-[hash]", assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" }, publicPath: "/static/dist", logLevel: "warning",
  nodePaths: [path.join(here, "node_modules")],
});

// The widget runs on other people's sites: one file, no modules, nothing global.
const widget = await build({
  absWorkingDir: here, entryPoints: { widget: "src/widget/widget.js" }, outdir: out, bundle: true, format: "iife",
  minify: true, metafile: true, target: ["chrome110", "firefox110", "safari16.4"], entryNames: "[name]-[hash]",
  loader: { ".css": "text" }, logLevel: "warning",
});

// The service worker is one file, too: a browser keeps it apart from the pages.
const worker = await build({
  absWorkingDir: here, entryPoints: { sw: "src/sw.js" }, outdir: out, bundle: true, format: "iife", minify: true,
  metafile: true, target: ["chrome110", "firefox110", "safari16.4"], entryNames: "[name]-[hash]", logLevel: "warning",
});

const manifest = {};
for (const [file, meta] of Object.entries(worker.metafile.outputs)) if (meta.entryPoint) manifest["sw.js"] = path.basename(file);
for (const [file, meta] of Object.entries(widget.metafile.outputs)) if (meta.entryPoint) manifest["widget.js"] = path.basename(file);
for (const [file, meta] of Object.entries(result.metafile.outputs)) {
  const name = path.basename(file);
  if (meta.entryPoint?.endsWith("app.css")) manifest["app.css"] = name;
  else if (meta.entryPoint) manifest[path.basename(meta.entryPoint)] = name;
  if (name.startsWith("inter-latin-wght-normal")) manifest["inter.woff2"] = name;
}

async function* files(folder, ending) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(full, ending);
    else if (entry.name.endsWith(ending)) yield full;
  }
}

// Every name in the templates that is a lucide icon and stands in quotes near `icon`, `glyph` or a list of links.
const known = new Set((await readdir(path.join(here, "node_modules/lucide-static/icons"))).filter((n) => n.endsWith(".svg")).map((n) => n.slice(0, -4)));
const used = new Set(["check", "circle-alert", "info", "x"]);
for await (const file of files(path.join(portal, "templates"), ".html")) {
  const text = await readFile(file, "utf8");
  for (const [, name] of text.matchAll(/["']([a-z][a-z0-9-]+)["']/g)) if (known.has(name)) used.add(name);
}
let sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n<!-- lucide icons, ISC licence, https://lucide.dev/license -->\n';
for (const name of [...used].sort()) {
  const svg = await readFile(path.join(here, "node_modules/lucide-static/icons", `${name}.svg`), "utf8");
  const inner = svg.replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>\s*$/, "").replace(/\s+/g, " ").trim();
  sprite += `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>\n`;
}
sprite += "</svg>\n";

async function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const file = name.replace(/(\.[a-z0-9]+)$/, `-${hash}$1`);
  await writeFile(path.join(out, file), content);
  manifest[name] = file;
}
await put("icons.svg", sprite);
await put("favicon.svg", await readFile(path.join(here, "src/favicon.svg")));
await put("icon.svg", await readFile(path.join(here, "src/icon.svg")));
await mkdir(path.join(out, "licenses"), { recursive: true });
for (const name of ["htmx.org", "@hotwired/stimulus", "tinykeys", "sortablejs", "uplot", "lucide-static", "@fontsource-variable/inter"]) {
  const folder = path.join(here, "node_modules", name);
  const licence = (await readdir(folder)).find((f) => /^licen[cs]e/i.test(f));
  if (licence) await copyFile(path.join(folder, licence), path.join(out, "licenses", `${name.replace(/[@/]/g, "_")}.txt`));
}
await writeFile(path.join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
