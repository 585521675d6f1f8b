import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One file per forbidden arrow: its path, what it says, and the complaint that must come of it. */
const forbidden: readonly (readonly [file: string, text: string, complaint: string])[] = [
  ['shared/a.ts', "import '../main/host/index.ts';", 'shared must not import main/host.'],
  ['shared/b.ts', "import 'node:fs';", 'shared must not use node:fs.'],
  ['shared/c.ts', "import 'fs';", 'shared must not use fs.'],
  ['shared/deep/d.ts', "export * from '../../renderer/main.tsx';", 'shared must not import renderer.'],
  ['main/host/a.ts', "import 'electron';", 'main/host must not use electron.'],
  ['main/host/gate/b.ts', "import '../../electron/index.ts';", 'main/host must not import main/electron.'],
  [
    'main/host/gate/c.ts',
    "import '../records/database.ts';",
    'main/host/records is entered by its index.ts only.',
  ],
  ['main/host/d.ts', "void import('../headless/index.ts');", 'main/host must not import main/headless.'],
  [
    'main/host/e.ts',
    "new URL('../electron/worker.ts', import.meta.url);",
    'main/host must not import main/electron.',
  ],
  ['main/electron/a.ts', "import '../headless/server.ts';", 'main/electron must not import main/headless.'],
  ['main/electron/d.ts', "import 'ws';", 'main/electron must not use ws.'],
  ['main/electron/e.ts', "import '../endpoint/server.ts';", 'main/endpoint is entered by its index.ts only.'],
  ['main/endpoint/a.ts', "import '../headless/client.ts';", 'main/endpoint must not import main/headless.'],
  ['main/endpoint/b.ts', "import 'electron';", 'main/endpoint must not use electron.'],
  ['main/endpoint/c.ts', "import 'libp2p';", 'main/endpoint must not use libp2p.'],
  ['main/endpoint/d.ts', "import '../demo/index.ts';", 'main/endpoint must not import main/demo.'],
  ['main/demo/a.ts', "import '../endpoint/index.ts';", 'main/demo must not import main/endpoint.'],
  ['main/demo/b.ts', "import '../electron/index.ts';", 'main/demo must not import main/electron.'],
  ['main/headless/c.ts', "import '../demo/demo.ts';", 'main/demo is entered by its index.ts only.'],
  ['main/host/f.ts', "import '../endpoint/index.ts';", 'main/host must not import main/endpoint.'],
  ['main/electron/b.ts', "import 'libp2p';", 'main/electron must not use libp2p.'],
  [
    'main/electron/c.ts',
    "import type { X } from '../../renderer/main.tsx';",
    'main/electron must not import renderer.',
  ],
  ['main/headless/a.ts', "import { app } from 'electron';", 'main/headless must not use electron.'],
  ['main/headless/b.ts', "import '../electron/index.ts';", 'main/headless must not import main/electron.'],
  ['main/preload/a.ts', "import '../host/index.ts';", 'main/preload must not import main/host.'],
  ['main/preload/b.ts', "import { X } from '../../shared/ids.ts';", 'main/preload imports types only.'],
  ['main/preload/c.ts', "import 'node:fs';", 'main/preload must not use node:fs.'],
  ['renderer/a.tsx', "import '../main/host/index.ts';", 'renderer must not import main/host.'],
  ['renderer/b.tsx', "import 'electron';", 'renderer must not use electron.'],
  ['renderer/c.tsx', "import { Buffer } from 'node:buffer';", 'renderer must not use node:buffer.'],
  ['renderer/d.tsx', "import '../test/fixtures/x.ts';", 'renderer must not import test.'],
  ['main/other/a.ts', "import '../host/index.ts';", 'main/other/a.ts belongs to no layer of the design.'],
];

/** Imports along the arrows: no complaint may come of them. */
const allowed: readonly (readonly [file: string, text: string])[] = [
  ['main/host/fine.ts', "import '../../shared/ids.ts';\nimport 'libp2p';\nimport 'node:fs';"],
  ['main/host/gate/fine.ts', "import '../records/index.ts';\nimport './rule.ts';"],
  ['main/electron/fine.ts', "import 'electron';\nimport '../host/index.ts';\nimport '../../shared/ids.ts';"],
  ['main/headless/fine.ts', "import '../host/index.ts';\nimport '../../package.json' with { type: 'json' };"],
  ['main/endpoint/fine.ts', "import 'ws';\nimport '../host/index.ts';\nimport './server.ts';"],
  ['main/demo/fine.ts', "import '../host/index.ts';\nimport '../../shared/ids.ts';"],
  ['main/electron/shares.ts', "import '../endpoint/index.ts';\nimport '../demo/index.ts';"],
  ['main/headless/shares.ts', "import '../endpoint/index.ts';\nimport '../demo/index.ts';"],
  ['main/preload/fine.ts', "import 'electron';\nimport type { X } from '../../shared/ids.ts';"],
  ['renderer/fine.tsx', "import 'react';\nimport '../shared/ids.ts';\nimport './look/tokens.css';"],
  ['test/unit/fine.ts', "import '../../main/host/gate/rule.ts';\nimport '../../renderer/main.tsx';"],
];

const Diagnostics = z.object({
  diagnostics: z.array(z.object({ code: z.string(), message: z.string(), filename: z.string() })),
});

let folder = '';
let complaints: { filename: string; message: string }[] = [];

/** A small repository of its own with the project's lint configuration, so that the real linter judges. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-layers-'));
  const config = z
    .object({ rules: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')));
  await writeFile(
    join(folder, '.oxlintrc.json'),
    JSON.stringify({
      categories: { correctness: 'off' },
      jsPlugins: ['./scripts/lint/layers.ts'],
      rules: { 'layers/arrows': config.rules['layers/arrows'] },
    }),
  );
  await symlink(join(root, 'scripts'), join(folder, 'scripts'), 'dir');
  for (const [file, text] of [...forbidden, ...allowed]) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `${text}\n`);
  }
  const output = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [
        join(root, 'node_modules/oxlint/bin/oxlint'),
        '--format',
        'json',
        'main',
        'shared',
        'renderer',
        'test',
      ],
      { cwd: folder },
      (_failure, stdout) => resolve(stdout),
    );
  });
  complaints = Diagnostics.parse(JSON.parse(output)).diagnostics.filter(
    ({ code }) => code === 'layers(arrows)',
  );
}, 30_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const of = (file: string): string[] =>
  complaints.filter(({ filename }) => filename === file).map(({ message }) => message);

describe('the arrows of the design', () => {
  it.each(forbidden)('%s: %s is refused', (file, _text, complaint) => {
    expect(of(file)).toEqual([complaint]);
  });

  it.each(allowed)('%s may import what it imports', (file) => {
    expect(of(file)).toEqual([]);
  });
});
