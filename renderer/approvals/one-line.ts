/**
 * JSON text with its escaped line breaks as real ones, which are then shown as `⏎`. All other escapes stay as
 * they are, so that what is shown is still the JSON. Pure.
 */
export const onOneLine = (json: string): string =>
  json.replaceAll(/\\(.)/gs, (escape, what: string) => (what === 'n' ? '\n' : escape));
