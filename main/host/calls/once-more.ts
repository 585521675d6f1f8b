import { LinkLost } from './call-error.ts';

/**
 * Tries a second time where the link was lost and that can do no harm. The network has another link by then, or another
 * transport, or none.
 */
export async function onceMore<T>(attempt: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await attempt(false);
  } catch (first) {
    if (!(first instanceof LinkLost)) throw first;
    return await attempt(true);
  }
}
