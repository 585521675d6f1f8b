import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the person, or the operating system, asked for on the command line. */
export interface StartOptions {
  readonly demo: boolean;
  /** Keeps everything, the window's state included, in this folder. Null: the usual place. */
  readonly dataDir: string | null;
  /** The first `gatehouse:` link among the arguments, unchecked; see `link.ts`. */
  readonly link: string | null;
}

/**
 * Reads the command line, leniently: Chromium, the operating system and test tools add switches of their
 * own, which are passed over.
 *
 * @param argv `process.argv` as it is
 * @param isDefaultApp whether Electron was given a folder to run, which is then the first argument
 */
export function parseStartOptions(argv: readonly string[], isDefaultApp: boolean): StartOptions {
  const args = argv.slice(isDefaultApp ? 2 : 1);
  const { values, positionals } = parseArgs({
    args,
    strict: false,
    allowPositionals: true,
    options: { demo: { type: 'boolean' }, data: { type: 'string' } },
  });
  return {
    demo: values['demo'] === true,
    dataDir: typeof values['data'] === 'string' && values['data'] !== '' ? resolve(values['data']) : null,
    link: positionals.find((argument) => /^gatehouse:/i.test(argument)) ?? null,
  };
}
