/**
 * The first `length` UTF-16 units of a text that somebody else wrote. A cut through a surrogate pair, or a lone
 * surrogate that was there before, becomes U+FFFD: canonical JSON (RFC 8785) has no form for half a character. Pure.
 */
export const cutText = (text: string, length: number): string => text.slice(0, length).toWellFormed();
