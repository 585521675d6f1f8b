import type { Row } from './rounds.ts';

/** One promise of the project, and what came of it. */
export interface Target {
  readonly text: string;
  readonly measured: number;
  readonly wanted: number;
  readonly met: boolean;
}

const atLeast = (text: string, measured: number, wanted: number): Target => ({
  text,
  measured: Number(measured.toFixed(2)),
  wanted,
  met: measured >= wanted,
});

export const atMost = (text: string, measured: number, wanted: number): Target => ({
  text,
  measured: Number(measured.toFixed(2)),
  wanted,
  met: measured <= wanted,
});

/** Of `rpc`: those whose contenders took part. */
export function rpcTargets(rows: readonly Row[]): Target[] {
  const rate = (name: string): number | undefined => find(rows, name, 64)?.callsPerSecond;
  return [
    ...compared('tcp at 64: calls/s beside raw ws', rate('gatehouse tcp'), rate('raw ws'), 0.8, atLeast),
    ...compared('tcp at 64: calls/s beside grpc-js', rate('gatehouse tcp'), rate('grpc-js'), 4, atLeast),
  ];
}

/** Of `calls`: those whose contenders took part. */
export function callsTargets(rows: readonly Row[]): Target[] {
  const rate = (name: string): number | undefined => find(rows, name, 64)?.callsPerSecond;
  const p50 = (name: string): number | undefined => find(rows, name, 1)?.p50Ms;
  return [
    ...compared('at 64: calls/s beside direct stdio', rate('gatehouse'), rate('direct stdio'), 0.7, atLeast),
    ...compared('at 64: calls/s beside supergateway', rate('gatehouse'), rate('supergateway'), 8, atLeast),
    ...compared('at 1: p50 beside direct stdio', p50('gatehouse'), p50('direct stdio'), 3, atMost),
  ];
}

/** Of `gate`: with 1,000 rules, a decision takes at most so many µs at p99. */
const DECISION_P99_US = 50;

export const gateTargets = (rows: readonly { readonly name: string; readonly p99Us: number }[]): Target[] =>
  rows.map(({ name, p99Us }) => atMost(`${name}: p99 in µs`, p99Us, DECISION_P99_US));

const find = (rows: readonly Row[], name: string, inFlight: number): Row | undefined =>
  rows.find((row) => row.name === name && row.inFlight === inFlight);

function compared(
  text: string,
  ours: number | undefined,
  theirs: number | undefined,
  wanted: number,
  judge: (text: string, measured: number, wanted: number) => Target,
): Target[] {
  return ours === undefined || theirs === undefined ? [] : [judge(text, ours / theirs, wanted)];
}
