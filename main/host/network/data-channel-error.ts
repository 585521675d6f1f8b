/** What a browser says when a data channel fails (WebRTC, RTCError). */
class DataChannelError extends Error {
  override readonly name = 'RTCError';
  readonly errorDetail: string;
  constructor(init: { readonly errorDetail: string }, message: string) {
    super(message);
    this.errorDetail = init.errorDetail;
  }
}

/**
 * The WebRTC library takes this class from the browser, in the handler of an event of its native part: without it the
 * first data channel that fails would end the process.
 */
export function provideDataChannelError(): void {
  if (!('RTCError' in globalThis)) Reflect.set(globalThis, 'RTCError', DataChannelError);
}
