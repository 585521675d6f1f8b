import { PAGE_HEADERS } from '../../shared/page-headers.ts';

/** Where the interface lives. The scheme is ours alone; nothing else is ever loaded. */
export const APP_SCHEME = 'app';
export const APP_ORIGIN = 'app://gatehouse';

/** Sent with every answer of `app://`. */
export const SECURITY_HEADERS = { ...PAGE_HEADERS, 'cache-control': 'no-cache' } as const;
