/** Draws the pictures of `assets/` from their SVG sources, with the Chromium in GATEHOUSE_CHROMIUM. */
import { readFile, writeFile } from 'node:fs/promises';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

/** macOS tints a file whose name ends in `Template` to suit its menu bar; `@2x` is for dense screens. */
const pictures = [
  { source: 'icon.svg', target: 'icon.png', size: 512 },
  { source: 'icon.svg', target: 'icon-1024.png', size: 1024 },
  { source: 'tray.svg', target: 'tray.png', size: 16 },
  { source: 'tray.svg', target: 'tray@2x.png', size: 32 },
  { source: 'tray-waiting.svg', target: 'tray-waiting.png', size: 16 },
  { source: 'tray-waiting.svg', target: 'tray-waiting@2x.png', size: 32 },
  { source: 'tray-template.svg', target: 'trayTemplate.png', size: 16 },
  { source: 'tray-template.svg', target: 'trayTemplate@2x.png', size: 32 },
] as const;

chdir(fileURLToPath(new URL('../assets', import.meta.url)));
const browser = await chromium.launch({
  executablePath: process.env['GATEHOUSE_CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--disable-gpu',
    '--disable-background-networking',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ],
});
for (const { source, target, size } of pictures) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const svg = (await readFile(source, 'utf8')).replace(
    /width="\d+" height="\d+"/,
    `width="${size}" height="${size}"`,
  );
  await page.setContent(`<style>html,body{margin:0;background:transparent}svg{display:block}</style>${svg}`);
  await writeFile(target, await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
