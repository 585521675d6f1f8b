import { NetworkError } from '../errors.ts';

/** What a failed dial of libp2p means, in a sentence. */
export function dialError(cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause;
  const all = flatten(cause);
  // A stale address that leads elsewhere says nothing about the peer where others of it were tried, too.
  const telling = all.filter(({ name, message }) => !/dial self|UnexpectedPeer/i.test(`${name}: ${message}`));
  const text = (telling.length > 0 ? telling : all)
    .map((reason) => `${reason.name}: ${reason.message}`)
    .join('\n');
  const failed = (code: NetworkError['code'], sentence: string): NetworkError =>
    new NetworkError(code, sentence, { cause });
  if (/dial self|Can not dial self/i.test(text))
    return failed('INVALID_ADDRESS', 'That is this machine itself.');
  if (/DialDenied|InterceptedError|blocked by gater/.test(text)) {
    return failed('REFUSED', 'This peer is blocked or disconnected here, or everything is stopped.');
  }
  const known = all.find((error) => error instanceof NetworkError);
  if (known !== undefined && all.length === 1) return known;
  if (/UnexpectedPeer|does not match expected|but connected to/.test(text)) {
    return failed('UNREACHABLE', 'Another peer answers at that address. Ask for the address again.');
  }
  if (/NoValidAddresses|TransportUnavailable/.test(text)) {
    return failed('UNREACHABLE', 'No address of this peer is known that Gatehouse can dial.');
  }
  if (/ECONNREFUSED/.test(text))
    return failed('UNREACHABLE', 'Nobody listens at that address; is it running there?');
  if (/via relay with status/.test(text)) {
    return failed('UNREACHABLE', 'The peer is not linked to that relay now.');
  }
  // A handshake that took too long is told of as one that failed.
  const isLate = /Took longer than/.test(text) && !/ECONNRESET|ConnectionClosed/.test(text);
  if (!isLate && /EncryptionFailed|ConnectionClosed|ECONNRESET|StreamReset|closed/i.test(text)) {
    return failed('REFUSED', 'The other side closed the connection; it may have blocked this machine.');
  }
  if (isLate || /Timeout|AbortError|aborted/i.test(text)) {
    return failed(
      'TIMEOUT',
      'Nobody answered in time; the machine may be off, or behind a router or firewall.',
    );
  }
  if (/ENETUNREACH|EHOSTUNREACH/.test(text)) {
    return failed('UNREACHABLE', 'This machine has no way to that address; check its network connection.');
  }
  return failed('UNREACHABLE', 'The peer could not be reached.');
}

function flatten(error: unknown): Error[] {
  if (error instanceof AggregateError) return error.errors.flatMap(flatten);
  return error instanceof Error ? [error] : [new Error(String(error))];
}
