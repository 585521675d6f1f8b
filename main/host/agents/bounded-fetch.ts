import type { FetchLike } from '@modelcontextprotocol/client';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * `fetch` whose bodies are bounded: a JSON body, or each event of an event stream, is at most `maxBytes` long; more is
 * an error in the reader. Lines of an event stream end as the HTML specification says: CR, LF or both.
 */
export function boundedFetch(maxBytes: number): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.body === null) return response;
    const events = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const bounded = response.body.pipeThrough(bound(maxBytes, events));
    const { status, statusText, headers } = response;
    return new Response(bounded, { status, statusText, headers });
  };
}

function bound(
  maxBytes: number,
  events: boolean,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const blank = events ? lastBlankLine(chunk) : -1;
      bytes = blank === -1 ? bytes + chunk.length : chunk.length - blank;
      if (bytes > maxBytes) controller.error(new RangeError('The answer is longer than a message may be.'));
      else controller.enqueue(chunk);
    },
  });
}

/** Where the last empty line of a chunk is; one that is split over two chunks is missed, which is only stricter. */
function lastBlankLine(chunk: Uint8Array): number {
  for (let i = chunk.length - 1; i > 0; i -= 1) {
    if (chunk[i] !== NEWLINE && chunk[i] !== RETURN) continue;
    const before = chunk[i - 1];
    if (before === chunk[i]) return i;
    if (before === RETURN && chunk[i - 2] === NEWLINE) return i;
  }
  return -1;
}
