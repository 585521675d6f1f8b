import { ImaginedCall } from '../../shared/rules.ts';

/** A call that need not exist, as typed. */
export interface ImaginedForm {
  readonly peerId: string;
  readonly agent: string;
  readonly tool: string;
  /** JSON text. */
  readonly arguments: string;
  /** As `datetime-local` writes it; empty: now. */
  readonly at: string;
}

export type ImaginedErrors = Partial<Record<keyof ImaginedForm, string>>;

/** The call of a form, or what is wrong with it, each with its field. Pure. */
export function readImagined(form: ImaginedForm): { call: ImaginedCall | null; errors: ImaginedErrors } {
  const errors: ImaginedErrors = {};
  if (form.peerId.trim() === '') errors.peerId = 'Say who calls.';
  if (form.agent.trim() === '') errors.agent = 'Name the agent.';
  if (form.tool === '') errors.tool = 'Name the tool.';
  const read = jsonObject(form.arguments);
  if (typeof read === 'string') errors.arguments = read;
  const at = form.at === '' ? undefined : new Date(form.at).getTime();
  if (at !== undefined && !Number.isFinite(at)) errors.at = 'This is no time.';
  if (Object.keys(errors).length > 0) return { call: null, errors };
  const parsed = ImaginedCall.safeParse({
    peerId: form.peerId.trim(),
    agent: form.agent.trim(),
    tool: form.tool,
    arguments: read,
    ...(at === undefined ? {} : { at }),
  });
  if (parsed.success) return { call: parsed.data, errors };
  for (const issue of parsed.error.issues) {
    const [field] = issue.path;
    if (field === 'peerId' || field === 'agent' || field === 'tool' || field === 'at')
      errors[field] ??= issue.message;
    else errors.arguments ??= issue.message;
  }
  return { call: null, errors };
}

/** An object, or a sentence. */
function jsonObject(text: string): object | string {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    return 'The arguments of a call are one object: { … }.';
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}`;
  }
}
