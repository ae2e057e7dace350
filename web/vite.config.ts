import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const OUT = "../desk/static";
const DESK = "http://127.0.0.1:8000";
const WORTH_PACKING_BYTES = 1024;
const QUALITY = { [constants.BROTLI_PARAM_QUALITY]: 9 }; // 11 is 3 % smaller and takes ten times as long

/** Writes the brotli form beside each file: packed once here, not with every answer. */
function packed(): Plugin {
  const pack = async (path: string) => {
    const text = await readFile(path);
    if (text.length < WORTH_PACKING_BYTES) return;
    await writeFile(`${path}.br`, await promisify(brotliCompress)(text, { params: QUALITY }));
  };
  return {
    name: "packed",
    apply: "build",
    async writeBundle() {
      const entries = await readdir(OUT, { recursive: true, withFileTypes: true });
      const texts = entries.filter((entry) => entry.isFile() && /\.(js|css|html|svg)$/.test(entry.name));
      await Promise.all(texts.map((entry) => pack(join(entry.parentPath, entry.name))));
    },
  };
}

const LOOK = "src/ui/look-boot.js";

/** Loads the little script that sets the theme before the first paint: classic, for a module would come after it. */
function looked(): Plugin {
  let building = false;
  let built = "";
  return {
    name: "looked",
    configResolved(config) {
      building = config.command === "build";
    },
    buildStart() {
      if (!building) return;
      const source = readFileSync(LOOK, "utf8");
      built = `assets/look-${createHash("sha256").update(source).digest("hex").slice(0, 8)}.js`;
      this.emitFile({ type: "asset", fileName: built, source });
    },
    transformIndexHtml: () => [{ tag: "script", attrs: { src: `/${built || LOOK}` }, injectTo: "head-prepend" }],
  };
}

export default defineConfig({
  plugins: [looked(), packed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2023",
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // those with light-dark(), which stays as it is
    assetsInlineLimit: 0, // the page's CSP knows no data: scripts or fonts
    modulePreload: { polyfill: false }, // it would be an inline script
    chunkSizeWarningLimit: 5_000, // Monaco, in the explorer only
    rolldownOptions: {
      input: ["index.html", "graphiql.html"],
      onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning), // "use client", for servers
    },
  },
  server: { proxy: { "/graphql": { target: DESK, ws: true } } },
});
