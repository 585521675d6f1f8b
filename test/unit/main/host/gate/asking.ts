import { vi } from 'vitest';
import type { Answer, ApprovalView } from '../../../../../shared/gate.ts';
import { expectWaiting, only, question, type WaitingVerdict, type World } from './setup.ts';

/** Asks a question that waits. */
export const ask = (world: World, change: Parameters<typeof question>[0] = {}): WaitingVerdict =>
  expectWaiting(world.gate.decide(question(change)));

/** The only question that waits. */
export const theQuestion = (world: World): ApprovalView => only(world.gate.approvals());

/** Answers the only question that waits. */
export function answer(world: World, given: Answer, undoMs = 0): ApprovalView {
  const view = theQuestion(world);
  world.gate.answer(view.id, view.digest, given, undoMs);
  return view;
}

/** Lets time go by on both clocks and on timers. Needs fake timers. */
export function later(world: World, ms: number): void {
  world.clock.wall += ms;
  world.clock.monotonic += ms;
  vi.advanceTimersByTime(ms);
}

/** Whether a promise is settled by now, without waiting for it. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  const first = await Promise.race([promise, Promise.resolve(open)]);
  return first !== open;
}
