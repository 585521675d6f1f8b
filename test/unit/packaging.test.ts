import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));

const Resource = z.object({ from: z.string(), to: z.string() });
const Packaging = z.looseObject({
  appId: z.string(),
  files: z.array(z.string()),
  extraResources: z.array(Resource),
  electronFuses: z.record(z.string(), z.boolean()),
  protocols: z.array(z.object({ schemes: z.array(z.string()) })),
  linux: z.object({ icon: z.string(), executableName: z.string(), target: z.array(z.string()) }),
  deb: z.object({ fpm: z.array(z.string()) }),
  mac: z.object({
    icon: z.string(),
    entitlements: z.string(),
    hardenedRuntime: z.boolean(),
    target: z.array(z.string()),
  }),
  win: z.object({ icon: z.string(), target: z.array(z.string()) }),
});

let written: unknown;
let packaging: z.infer<typeof Packaging>;

beforeAll(async () => {
  written = parse(await readFile(join(root, 'electron-builder.yml'), 'utf8'));
  packaging = Packaging.parse(written);
});

/** What the tool that reads it would say, without running it. */
let validate: ValidateFunction;

beforeAll(async () => {
  const scheme = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(await readFile(join(root, 'node_modules/app-builder-lib/scheme.json'), 'utf8')));
  validate = new Ajv({ strict: false, allErrors: true }).compile(scheme);
});

const faults = (config: unknown): unknown => (validate(config) ? [] : validate.errors);

describe('electron-builder.yml', () => {
  it('is what electron-builder understands', () => {
    expect(faults(written)).toEqual([]);
  });

  it('would not pass with a misspelt setting', () => {
    expect(faults({ ...packaging, electronFuse: {} })).not.toEqual([]);
  });

  it('keeps the app from being used as a plain Node', () => {
    expect(packaging.electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
      enableEmbeddedAsarIntegrityValidation: true,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  it('answers gatehouse:// links', () => {
    expect(packaging.protocols.flatMap(({ schemes }) => schemes)).toEqual(['gatehouse']);
  });

  it('packs what each platform expects', () => {
    expect(packaging.linux.target).toEqual(['AppImage', 'deb']);
    expect(packaging.mac.target).toEqual(['dmg', 'zip']);
    expect(packaging.win.target).toEqual(['nsis']);
    expect(packaging.mac.hardenedRuntime).toBe(true);
  });

  it('names only files that are there, or that the build makes', () => {
    const named = [
      packaging.linux.icon,
      packaging.mac.icon,
      packaging.mac.entitlements,
      packaging.win.icon,
      ...packaging.deb.fpm.map((pair) => pair.split('=')[0] ?? ''),
      ...packaging.extraResources.map(({ from }) => from).filter((from) => !from.startsWith('out/')),
    ];
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('leaves the name of the command to the command', () => {
    expect(packaging.linux.executableName).not.toBe('gatehouse');
    expect(packaging.deb.fpm).toEqual(['assets/linux/gatehouse=/usr/bin/gatehouse']);
  });

  it('puts no single file both into the archive and beside it, which would keep it out of the archive', () => {
    const beside = packaging.extraResources.map(({ from }) => from);
    expect(packaging.files.filter((file) => beside.includes(file))).toEqual([]);
  });

  it('brings everything that the command names', async () => {
    const command = await readFile(join(root, 'assets/bin/gatehouse'), 'utf8');
    const named = [...command.matchAll(/\$resources\/([\w./-]+)/g)].map(([, path = '']) => path);
    const brought = packaging.extraResources.map(({ to }) => to);
    expect(named).toEqual(['runtime/node', 'program/out/headless/index.js']);
    for (const path of named) expect(brought.some((to) => path.startsWith(`${to}/`))).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('keeps the commands executable', async () => {
    for (const file of ['assets/bin/gatehouse', 'assets/linux/gatehouse']) {
      expect((await stat(join(root, file))).mode & 0o111).toBe(0o111);
    }
  });
});
