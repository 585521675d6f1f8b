/** Asking on the command line what came of a call whose answer was lost. */
import { expect, it } from 'vitest';
import { CallId } from '../../../../shared/ids.ts';
import { atAHost } from '../../../fixtures/at-a-host.ts';
import { aCall } from '../../../fixtures/views.ts';

it('asks the peer, and says what is on record then', async () => {
  await using at = await atAHost();
  const call = aCall(7, { direction: 'out', tool: 'echo', status: 'answered' });
  at.fake.state = { ...at.fake.state, calls: { 7: call } };
  const { code, out } = await at.run(['redeem', '7']);
  expect(code).toBe(0);
  expect(at.fake.asked).toContainEqual({ what: 'calls.redeem', input: { id: CallId.parse(7) } });
  expect(out).toMatch(/^7 .*echo .*answered/mu);
  const json = await at.run(['redeem', '7', '--json']);
  expect(JSON.parse(json.out)).toMatchObject({ id: 7, status: 'answered' });
});

it('says why the answer is not to be had', async () => {
  await using at = await atAHost();
  at.fake.failures.set('calls.redeem', { code: 'CONFLICT', message: 'This call has its answer.' });
  const { code, err } = await at.run(['redeem', '7']);
  expect(code).not.toBe(0);
  expect(err).toContain('This call has its answer.');
});

it.each(['x', '0', '-1', '1.5', ''])('takes the number of a call, and not %j', async (given) => {
  await using at = await atAHost();
  const { code, err } = await at.run(['redeem', '--', given]);
  expect(code).not.toBe(0);
  expect(err).toContain('Give the number of a call');
  expect(at.fake.asked).toEqual([]);
});
