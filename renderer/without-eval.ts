import { z } from 'zod';

// Imported before every schema: the policy of the page forbids `new Function`, and even the library's probe
// for it would be reported as a violation.
z.config({ jitless: true });
