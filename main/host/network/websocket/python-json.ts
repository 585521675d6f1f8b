/**
 * Writes a flat object of strings as Python's `json.dumps(value, sort_keys=True)` does: keys sorted, `", "` and `": "`
 * between, and all that is not printable ASCII escaped, in surrogate pairs where it takes two. Signatures of the Dawn wire
 * cover this text.
 */
export function pythonJson(fields: Readonly<Record<string, string>>): string {
  const items = Object.keys(fields)
    .toSorted()
    .map((key) => `${quoted(key)}: ${quoted(fields[key] ?? '')}`);
  return `{${items.join(', ')}}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[^ !#-[\]-~]/g, escaped)}"`;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

const escaped = (unit: string): string =>
  SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
