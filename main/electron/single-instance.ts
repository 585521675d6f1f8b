import { app } from 'electron';
import { z } from 'zod';

/** What a second start hands to the first. Its argument list may arrive reordered; this does not. */
const Handover = z.object({ link: z.string().max(2000).nullable() });

/**
 * Lets one Gatehouse run per data folder.
 *
 * @param link passed to the one that runs already
 * @param onSecondStart called in the first one, with the link of the second
 * @returns false in the second one, which should end at once
 */
export function setupSingleInstance(
  link: string | null,
  onSecondStart: (link: string | null) => void,
): boolean {
  if (!app.requestSingleInstanceLock({ link } satisfies z.infer<typeof Handover>)) return false;
  app.on('second-instance', (_event, _argv, _folder, data) => {
    const handover = Handover.safeParse(data);
    onSecondStart(handover.success ? handover.data.link : null);
  });
  return true;
}
