import { writeFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/**
 * A reporter for Vitest: what was thrown outside of any test, which its `json` reporter leaves out, goes to the file that
 * `GATEHOUSE_UNHANDLED` names, as a JSON list of messages.
 */
export default class UnhandledErrors implements Reporter {
  onTestRunEnd(...[, errors]: Parameters<NonNullable<Reporter['onTestRunEnd']>>): void {
    const path = process.env['GATEHOUSE_UNHANDLED'];
    if (path === undefined) return;
    writeFileSync(path, JSON.stringify(errors.map(({ name, message }) => `${name ?? 'Error'}: ${message}`)));
  }
}
