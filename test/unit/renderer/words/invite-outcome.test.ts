import { expect, it } from 'vitest';
import { inviteOutcome } from '../../../../renderer/words/invite-outcome.ts';

it('tells an inviter who is away from one who does not take the invite', () => {
  expect(inviteOutcome({ acceptsUs: true }).description).toBe('The invite was taken.');
  expect(inviteOutcome({ acceptsUs: false }).description).toMatch(/^It is used, withdrawn or over\./);
  expect(inviteOutcome({ acceptsUs: null }).description).toMatch(/as soon as you are connected/);
});
