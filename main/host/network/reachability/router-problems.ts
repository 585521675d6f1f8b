/** What it means when a router does not do as it is asked. */

export const SILENT = 'The router does not answer any more.';

/** It answered, and said no; or what it said makes no sense. */
export const isAnswer = (error: unknown): boolean =>
  error instanceof Error &&
  !['TypeError', 'TimeoutError', 'AbortError'].includes(error.name) &&
  !error.message.startsWith('Could not resolve');

/** What the router's answer means (WANIPConnection:2, section 2.5). Its own words are not repeated. */
export function problemOf(error: unknown): string {
  if (!isAnswer(error)) return SILENT;
  const code = /Code (\d{3})\b/.exec(error instanceof Error ? error.message : '')?.[1];
  switch (code) {
    case '606':
      return 'The router does not allow this machine to open ports.';
    case '718':
    case '729':
      return 'The router has given the port to another machine.';
    case '728':
      return 'The router has no room for another open port.';
    default:
      return `The router refused to open a port${code === undefined ? '' : ` (error ${code})`}.`;
  }
}
