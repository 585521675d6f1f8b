import { hash } from 'node:crypto';
import { visibleText } from '../../../shared/visible-text.ts';
import type { ExportedCall } from './exported-calls.ts';
import type { ExportHeader } from './index.ts';

const STYLE = `
:root { color-scheme: light dark; --line: #d5d9df; --dim: #5b6470; --fill: #f4f6f8; --bad: #a3221b; }
@media (prefers-color-scheme: dark) { :root { --line: #373d46; --dim: #9aa4b1; --fill: #1d2127; --bad: #ff9a92; } }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
p { color: var(--dim); margin: 0 0 1rem; }
article { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 .75rem; padding: .6rem .9rem; break-inside: avoid; }
h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
h2 small { color: var(--dim); font-weight: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: .4rem 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
.bad { color: var(--bad); }
pre { background: var(--fill); border-radius: 6px; font: 12px/1.5 ui-monospace, monospace; margin: .3rem 0; overflow-wrap: anywhere; padding: .5rem .6rem; white-space: pre-wrap; }
@media print { body { margin: 0; max-width: none; } pre { border: 1px solid var(--line); } }
`;

/** Longest body that is shown, in characters; the JSON lines have the whole. */
const MAX_SHOWN = 70_000;
const BODIES = {
  masked: 'Secrets in arguments and results are masked.',
  whole: 'Arguments and results are shown as they were recorded.',
  none: 'Arguments and results are left out.',
} as const;

/** What others wrote: its hostile characters visible, and none of it markup. */
function shown(text: string, newlines: 'mark' | 'break' = 'mark'): string {
  const visible = visibleText(text, { maxLength: MAX_SHOWN, newlines }).text;
  return `<bdi>${escaped(visible)}</bdi>`;
}

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const timeOf = (at: number): string => new Date(at).toISOString().replace('T', ' ').slice(0, 19);

/** No script, nothing from elsewhere: the policy allows this one style and nothing else. */
export function htmlBegin({ at, from, calls, bodies, query }: ExportHeader): string {
  const style = hash('sha256', STYLE, 'base64');
  const chosen = Object.keys(query).length === 0 ? '' : ` Chosen by: ${shown(JSON.stringify(query))}.`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${style}'">
<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">
<title>Calls recorded by Gatehouse</title><style>${STYLE}</style></head><body>
<h1>Calls recorded by Gatehouse</h1>
<p>${calls} calls, oldest first, of ${shown(from)}; exported ${timeOf(at)} UTC. ${BODIES[bodies]}${chosen}</p>
<main>
`;
}

export function htmlCall({
  call,
  request,
  response,
  edited,
  requestHash,
  responseHash,
  masked,
}: ExportedCall): string {
  const { decision } = call;
  const rows: (readonly [string, string | null])[] = [
    ['Peer', shown(call.peerId)],
    [
      'Link',
      call.path === null
        ? null
        : shown(`${call.path}${call.transport === null ? '' : `, ${call.transport}`}`),
    ],
    [
      'Decision',
      decision === null
        ? null
        : shown(
            `${decision.effect} by ${decision.by}${decision.ruleId === null ? '' : `, rule ${decision.ruleId}`}`,
          ),
    ],
    [
      'Time',
      `waited ${milliseconds(call.waitMs)}${call.runMs === null ? '' : `, ran ${milliseconds(call.runMs)}`}`,
    ],
    ['Size', `${call.requestBytes} and ${call.responseBytes} bytes`],
    ['Changed', call.changed === 'no' ? null : `by the person: ${call.changed}`],
    ['Error', call.error === null ? null : `<span class="bad">${shown(call.error)}</span>`],
    ['Hashes', hashes(requestHash, responseHash)],
    ['Masked', masked ? 'secrets, now or when it was recorded' : null],
  ];
  const lines = rows
    .map(([name, value]) => (value === null ? '' : `<dt>${name}</dt><dd>${value}</dd>`))
    .join('');
  const status = call.toolError ? `${call.status}, tool error` : call.status;
  return `<article><h2>${shown(call.agent)} / ${shown(call.tool)} <small>#${call.id}, ${call.direction === 'in' ? 'incoming' : 'outgoing'}, ${timeOf(call.at)} UTC, ${status}</small></h2>
<dl>${lines}</dl>${body('Arguments', request)}${body('Arguments that ran', edited)}${body('Result', response)}</article>
`;
}

export const htmlEnd = (): string => '</main></body></html>\n';

const body = (name: string, text: string | null): string =>
  text === null ? '' : `<div>${name}</div><pre>${shown(text, 'break')}</pre>`;

function hashes(request: string | null, response: string | null): string | null {
  const parts = [
    request === null ? null : `arguments ${request}`,
    response === null ? null : `result ${response}`,
  ];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : escaped(known.join(', '));
}

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
