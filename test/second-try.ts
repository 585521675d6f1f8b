/**
 * How often a failed test is tried again: once on a build machine, which says so by `CI`, and never elsewhere. The
 * summary of `npm test` names every test that needed it.
 */
export const SECOND_TRIES = ['', 'false'].includes(process.env['CI'] ?? '') ? 0 : 1;
