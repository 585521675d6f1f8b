/** Checking the records on the command line, beside no host. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFileKeyStore, openIdentity } from '../../../../main/host/identity/index.ts';
import { chainSigner } from '../../../../main/host/records/index.ts';
import { runCommandLine } from '../../../../main/headless/program.ts';
import { change } from '../host/records/chain-fixture.ts';
import { callOf, folder, put } from '../host/records/setup.ts';

async function verify(...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const code = await runCommandLine(
    ['records', 'verify', ...args],
    {
      out: (text) => void (out += text),
      err: () => undefined,
      columns: null,
      interactive: false,
      ask: () => Promise.resolve(''),
      readInput: () => Promise.resolve(''),
      interrupted: new AbortController().signal,
    },
    '0.0.0',
  );
  return { code, out };
}

it('compares with the key of this installation, and says where it does not know whose key to expect', async () => {
  await using at = folder();
  const identity = await openIdentity(createFileKeyStore(join(at.dir, 'identity.key')));
  const records = await at.open({ now: () => 1_700_000_000_000 });
  records.signAs(chainSigner(identity));
  await put(records, callOf(records));
  await records.close();
  const sound = await verify('--data', at.dir);
  expect(sound.out).toContain(`The signatures were compared with ${identity.peerId}.`);
  expect(sound.code).toBe(0);
  change(at.file, (database) => database.exec('DELETE FROM chain_heads'));
  expect(await verify('--data', at.dir)).toMatchObject({
    code: 1,
    out: expect.stringContaining('bad-signature') as string,
  });
  const copy = await verify(at.file);
  expect(copy.code).toBe(0);
  expect(copy.out).toContain('It is not known here who should have signed');
  expect((await verify(at.file, '--signer', identity.peerId)).code).toBe(1);
});
