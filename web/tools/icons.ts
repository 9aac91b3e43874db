// Draws the app's icons from web/public/icon.svg, by Chromium: once, by hand, when the drawing changes.
//   cd web && npx esbuild tools/icons.ts --bundle --platform=node --external:playwright-core --outfile=../build/tools/icons.js
//   NODE_PATH=node_modules node ../build/tools/icons.js

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const SVG = readFileSync('public/icon.svg', 'utf8');
/** Launchers cut a maskable icon to any shape inside which the middle four fifths are safe. */
const MASKABLE = SVG.replace('rx="14" ', '').replace(/(<path.*)<\/svg>/, '<g transform="translate(32 32) scale(.78) translate(-32 -32)">$1</g></svg>');
const ICONS: [string, number, string][] = [
  ['app-192.png', 192, SVG], ['app-512.png', 512, SVG], ['app-maskable-512.png', 512, MASKABLE],
];

async function main(): Promise<void> {
  mkdirSync('public/icons', { recursive: true });
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  for (const [name, side, svg] of ICONS) {
    const page = await browser.newPage({ viewport: { width: side, height: side } });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`);
    writeFileSync(`public/icons/${name}`, await page.screenshot({ omitBackground: true }));
    await page.close();
  }
  await browser.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
