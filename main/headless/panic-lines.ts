import type { PanicReport } from '../../shared/panic.ts';

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

const OUTCOMES = { stopped: 'stopped', 'still-running': 'STILL RUNS', unknown: 'unknown' } as const;

/** What "Stop all" stopped, a line each. */
export function panicLines(report: PanicReport): string[] {
  const { refused, ended, running, agents, links, problems, written } = report;
  return [
    running === 0 &&
    links.left.length === 0 &&
    problems.length === 0 &&
    agents.every(({ outcome }) => outcome !== 'still-running')
      ? 'Everything is stopped. "gatehouse resume" lets it run again.'
      : 'Not everything could be stopped. See below. Nothing new is let in.',
    `${counted(refused, 'question')} refused, ${counted(ended, 'call')} ended, ${counted(links.cut, 'link')} cut.`,
    ...(running === 0 ? [] : [`${counted(running, 'call')} had still not ended.`]),
    ...links.left.map((peerId) => `The link to ${peerId} is still open.`),
    ...agents.map(({ name, outcome, checked }) => `${name}: ${OUTCOMES[outcome]}. ${checked}`),
    ...problems,
    written
      ? 'It holds over a restart.'
      : 'It could not be written down: it holds until the host is started again.',
  ];
}
