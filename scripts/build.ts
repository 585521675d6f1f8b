/**
 * `npm run build`: the renderer, Electron's main process, its preload and the headless program, into `out/`.
 * With names of parts as arguments, only those.
 */
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';

/** A part that runs outside the browser. Its dependencies stay in node_modules unless it says otherwise. */
function programOf(part: {
  readonly entry: string;
  readonly outDir: string;
  readonly format: 'es' | 'cjs';
  readonly selfContained: boolean;
}): InlineConfig {
  return {
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { target: 'node', ...(part.selfContained ? { noExternal: true } : {}) },
    build: {
      ssr: part.entry,
      outDir: part.outDir,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      sourcemap: false,
      rolldownOptions: {
        external: [/^electron(\/|$)/],
        output: { format: part.format, entryFileNames: part.format === 'cjs' ? 'index.cjs' : 'index.js' },
      },
    },
  };
}

const parts: Readonly<Record<string, InlineConfig>> = {
  renderer: { configFile: 'vite.config.ts', logLevel: 'warn' },
  main: programOf({
    entry: 'main/electron/index.ts',
    outDir: 'out/main',
    format: 'es',
    selfContained: false,
  }),
  preload: programOf({
    entry: 'main/preload/index.ts',
    outDir: 'out/preload',
    format: 'cjs',
    selfContained: true,
  }),
  headless: programOf({
    entry: 'main/headless/index.ts',
    outDir: 'out/headless',
    format: 'es',
    selfContained: false,
  }),
};

chdir(fileURLToPath(new URL('..', import.meta.url)));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}: ${Object.keys(parts).join(', ')}.\n`);
  process.exit(2);
}

for (const [name, config] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const started = performance.now();
  await build(config);
  process.stdout.write(`built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
