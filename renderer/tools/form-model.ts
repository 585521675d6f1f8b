/**
 * A form made from a tool's JSON Schema. Covers what tools use in practice; whatever it does not understand
 * becomes a field for raw JSON, so that every tool can be called. Bounded, since the schema is a stranger's. Pure.
 */
export type FormField = {
  /** Hostile text. */
  readonly description: string;
  readonly title: string;
  readonly initial: unknown;
} & (
  | { readonly kind: 'string'; readonly long: boolean; readonly format: string | null }
  | {
      readonly kind: 'number';
      readonly integer: boolean;
      readonly least: number | null;
      readonly most: number | null;
    }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'enum'; readonly options: readonly unknown[] }
  | { readonly kind: 'array'; readonly item: FormField }
  | { readonly kind: 'object'; readonly entries: readonly FormEntry[] }
  | { readonly kind: 'json' }
);

export interface FormEntry {
  readonly name: string;
  readonly required: boolean;
  readonly field: FormField;
}

const MAX_DEPTH = 6;
const MAX_FIELDS = 200;
const MAX_OPTIONS = 500;
const MAX_ITEMS = 1000;

type Schema = Readonly<Record<string, unknown>>;
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** The form of a tool's arguments. Always an object, since MCP's arguments are one. */
export function formModel(schema: Schema): FormField {
  const budget = { left: MAX_FIELDS };
  const field = fieldOf(schema, schema, 0, budget);
  return field.kind === 'object' ? field : { ...field, kind: 'json', initial: {} };
}

function fieldOf(given: Schema, root: Schema, depth: number, budget: { left: number }): FormField {
  budget.left -= 1;
  const schema = simplified(given, root);
  const common = {
    description: text(schema['description']),
    title: text(schema['title']),
    initial: schema['default'],
  };
  if (budget.left < 0 || depth > MAX_DEPTH) return { ...common, kind: 'json' };
  const options = schema['const'] === undefined ? schema['enum'] : [schema['const']];
  if (Array.isArray(options) && options.length > 0 && options.length <= MAX_OPTIONS) {
    return { ...common, kind: 'enum', options };
  }
  switch (typeOf(schema)) {
    case 'string': {
      const long =
        (number(schema['maxLength']) ?? 0) > 200 || /content|text|body|prompt|query|code/i.test(common.title);
      return { ...common, kind: 'string', long, format: text(schema['format']) || null };
    }
    case 'number':
    case 'integer':
      return {
        ...common,
        kind: 'number',
        integer: typeOf(schema) === 'integer',
        least: number(schema['minimum']),
        most: number(schema['maximum']),
      };
    case 'boolean':
      return { ...common, kind: 'boolean' };
    case 'array': {
      const { items } = schema;
      if (!isSchema(items)) return { ...common, kind: 'json' };
      return { ...common, kind: 'array', item: fieldOf(items, root, depth + 1, budget) };
    }
    case 'object':
      return objectOf(schema, root, depth, budget, common);
    default:
      return { ...common, kind: 'json' };
  }
}

function objectOf(
  schema: Schema,
  root: Schema,
  depth: number,
  budget: { left: number },
  common: { description: string; title: string; initial: unknown },
): FormField {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const names = Object.keys(properties);
  const isFree = isSchema(schema['additionalProperties']) || (names.length === 0 && depth > 0);
  if (isFree || names.length > MAX_FIELDS) return { ...common, kind: 'json' };
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const entries = names.map((name) => {
    const child = properties[name];
    const field = isSchema(child)
      ? fieldOf(child, root, depth + 1, budget)
      : ({ kind: 'json', description: '', title: '', initial: undefined } as const);
    const long =
      field.kind === 'string' && (field.long || /content|text|body|prompt|query|code|message/i.test(name));
    return {
      name,
      required: required.includes(name),
      field: field.kind === 'string' ? { ...field, long } : field,
    };
  });
  // What must be given comes first; else the schema's own order.
  return {
    ...common,
    kind: 'object',
    entries: [...entries.filter((e) => e.required), ...entries.filter((e) => !e.required)],
  };
}

/** Follows one local `$ref`, and takes the only choice of `anyOf`/`oneOf` that is not null. */
function simplified(schema: Schema, root: Schema): Schema {
  const reference = schema['$ref'];
  if (typeof reference === 'string' && reference.startsWith('#/')) {
    const target = reference
      .slice(2)
      .split('/')
      .reduce<unknown>(
        (at, part) => (isSchema(at) ? at[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
        root,
      );
    if (isSchema(target)) return { ...target, ...withoutReference(schema) };
  }
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) {
    const real = choices.filter((choice) => isSchema(choice) && choice['type'] !== 'null').filter(isSchema);
    const [only] = real;
    if (real.length === 1 && only !== undefined)
      return { ...only, ...schema, anyOf: undefined, oneOf: undefined };
  }
  return schema;
}

const withoutReference = (schema: Schema): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$ref'));

function typeOf(schema: Schema): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) {
    const real = type.filter((name) => name !== 'null');
    return real.length === 1 ? text(real[0]) : '';
  }
  return isSchema(schema['properties']) ? 'object' : '';
}

/** What the form starts with: defaults, and an empty place for all that must be given. */
export function initialValue(field: FormField): unknown {
  if (field.initial !== undefined) return field.initial;
  switch (field.kind) {
    case 'object':
      return Object.fromEntries(
        field.entries
          .filter((entry) => entry.required || entry.field.initial !== undefined)
          .map((entry) => [entry.name, initialValue(entry.field)]),
      );
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'string':
      return '';
    case 'enum':
      return field.options.length === 1 ? field.options[0] : undefined;
    case 'number':
    case 'json':
      return undefined;
    default:
      return field satisfies never;
  }
}

/** What is wrong with a value, by path (`a.b[0]`); empty when nothing is. The agent checks again. */
export function problems(
  field: FormField,
  value: unknown,
  required = true,
  path = '',
): Record<string, string> {
  if (value === undefined) return required ? { [path]: 'Needed.' } : {};
  switch (field.kind) {
    case 'string':
      return typeof value === 'string' ? {} : { [path]: 'A text is needed.' };
    case 'number':
      return numberProblem(field, value, path);
    case 'boolean':
      return typeof value === 'boolean' ? {} : { [path]: 'Yes or no is needed.' };
    case 'array': {
      if (!Array.isArray(value)) return { [path]: 'A list is needed.' };
      if (value.length > MAX_ITEMS) return { [path]: `At most ${MAX_ITEMS.toString()} entries.` };
      return Object.fromEntries(
        value.flatMap((item: unknown, index) =>
          Object.entries(problems(field.item, item, true, `${path}[${index.toString()}]`)),
        ),
      );
    }
    case 'object': {
      if (!isSchema(value)) return { [path]: 'A group of fields is needed.' };
      return Object.fromEntries(
        field.entries.flatMap(({ field: inner, name, required }) =>
          Object.entries(problems(inner, value[name], required, path === '' ? name : `${path}.${name}`)),
        ),
      );
    }
    case 'enum':
    case 'json':
      return {};
    default:
      return field satisfies never;
  }
}

function numberProblem(
  field: FormField & { kind: 'number' },
  value: unknown,
  path: string,
): Record<string, string> {
  if (typeof value !== 'number' || !Number.isFinite(value)) return { [path]: 'A number is needed.' };
  if (field.integer && !Number.isInteger(value)) return { [path]: 'A whole number is needed.' };
  if (field.least !== null && value < field.least) return { [path]: `At least ${field.least.toString()}.` };
  if (field.most !== null && value > field.most) return { [path]: `At most ${field.most.toString()}.` };
  return {};
}
