import type { RpcError } from '../../../shared/errors.ts';
import { canonicalArguments, digestOf } from './digest.ts';
import type { AboutToRun, GateQuestion } from './index.ts';
import { changedError } from './refusals.ts';

/** Says right before execution whether it is still what was decided on. Null: it is. */
export type Check = (now: AboutToRun) => RpcError | null;

/** For what nobody was asked about: the very same arguments. This is the hot path, so nothing is hashed. */
export const unchanged =
  (question: GateQuestion): Check =>
  (now) =>
    now.args === question.args && now.pin === question.pin && now.source === question.source
      ? null
      : changedError();

/** For what a person was shown, or wrote: the digest is computed anew from what is about to run. */
export const asShown =
  (question: GateQuestion, digest: string): Check =>
  ({ args, pin, source }) => {
    const canonicalArgs = canonicalArguments(args);
    const same = canonicalArgs !== null && digestOf({ ...question, pin, source }, canonicalArgs) === digest;
    return same ? null : changedError();
  };
