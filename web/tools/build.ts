// Builds the pages into build/web: index.html, and everything it loads under assets/ with a name
// that changes with the content, so that it may be cached for ever. Run in web/ by `npm run build`.

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const OUT = '../build/web';
const INITIAL_JS_LIMIT = 120 * 1024; // gzipped, without the map

/** Copies a file under assets/ with its hash in its name; answers its address. */
function addAsset(source: string, name: string, extension: string): string {
  const content = readFileSync(source);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const file = `${name}-${hash}${extension}`;
  writeFileSync(join(OUT, 'assets', file), content);
  return `/assets/${file}`;
}

async function main(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(join(OUT, 'assets'), { recursive: true });
  cpSync('public', OUT, { recursive: true });

  // The map's worker is a program of its own that the browser loads by address.
  const worker = addAsset('node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs', 'map-worker', '.js');

  const result = await build({
    entryPoints: { main: 'src/main.tsx', style: 'src/styles/main.css' },
    outdir: join(OUT, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    publicPath: '/assets',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2021',
    minify: true,
    sourcemap: false,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.woff2': 'file', '.svg': 'file' },
    define: { MAP_WORKER: JSON.stringify(worker) },
  });

  const output = (entry: string): string => {
    for (const [file, info] of Object.entries(result.metafile.outputs)) {
      if (info.entryPoint === entry && !file.endsWith('.txt')) return basename(file);
    }
    throw new Error(`nothing was built from ${entry}`);
  };
  const html = readFileSync('src/index.html', 'utf8')
    .replace('{{main}}', `/assets/${output('src/main.tsx')}`)
    .replace('{{style}}', `/assets/${output('src/styles/main.css')}`);
  writeFileSync(join(OUT, 'index.html'), html);

  checkBudget(output('src/main.tsx'), result.metafile.outputs);
  const scripts = [output('src/main.tsx'), output('src/agency/agency_page.tsx')].flatMap((entry) =>
    [...loadedWith(entry, result.metafile.outputs)]);
  const others = Object.keys(result.metafile.outputs).map((file) => basename(file))
    .filter((file) => /\.(css|woff2|svg)$/.test(file) && !file.includes('latin-ext'));
  await buildOffline([...new Set([...scripts, ...others])].map((file) => `/assets/${file}`).sort(), html);
}

/** The service worker, at the root so that it may keep every page: the citizen's and the field's. The
 * rest is kept when it is first loaded. */
async function buildOffline(assets: string[], html: string): Promise<void> {
  await build({
    entryPoints: { sw: 'src/sw.ts' }, outdir: OUT, bundle: true, format: 'iife', target: 'es2021', minify: true, logLevel: 'warning',
    define: {
      OFFLINE_ASSETS: JSON.stringify(assets),
      OFFLINE_VERSION: JSON.stringify(createHash('sha256').update(assets.join() + html).digest('hex').slice(0, 8)),
    },
  });
}

type Outputs = Record<string, { imports: { path: string; kind: string }[] }>;

/** The file, and what is loaded with it at once. */
function loadedWith(entry: string, outputs: Outputs): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const info = Object.entries(outputs).find(([name]) => basename(name) === file)?.[1];
    for (const item of info?.imports ?? []) {
      if (item.kind === 'import-statement') visit(basename(item.path));
    }
  };
  visit(entry);
  return seen;
}

/** Adds up what the page loads at once, and fails the build if that is too much. */
function checkBudget(entry: string, outputs: Outputs): void {
  let size = 0;
  for (const file of loadedWith(entry, outputs)) size += gzipSync(readFileSync(join(OUT, 'assets', file))).length;
  const files = readdirSync(join(OUT, 'assets')).length;
  console.log(`web: ${files} assets; initial JavaScript ${(size / 1024).toFixed(1)} KB gzipped`);
  if (size > INITIAL_JS_LIMIT) throw new Error(`initial JavaScript is over ${INITIAL_JS_LIMIT} bytes`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
