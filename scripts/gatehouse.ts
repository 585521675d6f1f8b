/**
 * `npm run gatehouse`: the command line of a checkout. The interface is built first where `serve` would show none
 * or an old one.
 */
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './ensure-built.ts';
import { runHeadless } from './run-headless.ts';
import { stalePartsOf } from './stale.ts';

chdir(fileURLToPath(new URL('..', import.meta.url)));
const args = process.argv.slice(2);
if ((args.includes('serve') || args.includes('relay')) && !args.includes('--help')) {
  const failure = await ensureBuilt(() => stalePartsOf(['renderer']));
  if (failure !== null) process.stderr.write(`${failure}The interface could not be built.\n`);
}
await runHeadless(args);
