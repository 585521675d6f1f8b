import { join } from 'node:path';

/** The built program, beside the interface that it serves. */
export const program = join(
  process.env['GATEHOUSE_OUT'] ?? join(import.meta.dirname, '../../out'),
  'headless/index.js',
);
