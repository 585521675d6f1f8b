/** Reads an MCP result into parts that are safe to show. Pure. */
import { z } from 'zod';

export type ResultPart =
  | { readonly kind: 'text'; readonly text: string }
  /** A `data:` URL whose bytes are what its type says. */
  | { readonly kind: 'image'; readonly url: string; readonly type: string; readonly bytes: number }
  | { readonly kind: 'other'; readonly what: string; readonly text: string };

const MAX_PARTS = 100;
const MAX_IMAGE_BASE64 = 8_000_000;

/** First bytes in base64 of the picture formats that are shown. No SVG: it is markup. */
const pictures: Record<string, RegExp> = {
  'image/png': /^iVBORw0KGgo/,
  'image/jpeg': /^\/9j\//,
  'image/gif': /^R0lGOD/,
  'image/webp': /^UklGR.{9,10}V0VCU/,
};

const Text = z.looseObject({ type: z.literal('text'), text: z.string() });
const Image = z.looseObject({ type: z.literal('image'), data: z.string(), mimeType: z.string() });
const Typed = z.looseObject({ type: z.string() });

export function resultParts(content: readonly unknown[]): readonly ResultPart[] {
  return content.slice(0, MAX_PARTS).map((part) => {
    const text = Text.safeParse(part);
    if (text.success) return { kind: 'text', text: text.data.text };
    const image = Image.safeParse(part);
    if (image.success) return imagePart(image.data);
    const typed = Typed.safeParse(part);
    return { kind: 'other', what: typed.data?.type ?? 'unknown', text: JSON.stringify(part, null, 2) };
  });
}

function imagePart({ data, mimeType }: { data: string; mimeType: string }): ResultPart {
  const bytes = Math.floor((data.length * 3) / 4);
  const looks = pictures[mimeType];
  if (looks === undefined)
    return { kind: 'other', what: 'image', text: `A picture of type ${mimeType} is not shown.` };
  if (data.length > MAX_IMAGE_BASE64)
    return { kind: 'other', what: 'image', text: 'A picture over 6 MB is not shown.' };
  if (!looks.test(data) || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) {
    return { kind: 'other', what: 'image', text: `The bytes are not a picture of type ${mimeType}.` };
  }
  return { kind: 'image', url: `data:${mimeType};base64,${data}`, type: mimeType, bytes };
}

/** As MCP's CallToolResult. */
const CallToolResult = z.looseObject({
  content: z.array(z.unknown()).optional(),
  isError: z.boolean().optional(),
  structuredContent: z.unknown().optional(),
});

/** A result from its JSON text; null where it is none. */
export function readToolResult(json: string): z.infer<typeof CallToolResult> | null {
  try {
    return CallToolResult.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}
