/**
 * The WebRTC library looks for a class of its own among the globals, as in a browser, in the handler of an event of its
 * native part: without it the first data channel that fails would end the process.
 */
export async function provideDataChannelError(): Promise<void> {
  const { RTCError } = await import('node-datachannel/polyfill');
  if (!('RTCError' in globalThis)) Reflect.set(globalThis, 'RTCError', RTCError);
}
