import { describe, expect, it } from 'vitest';
import { formModel, initialValue, problems, type FormField } from '../../../../renderer/tools/form-model.ts';

function entry(form: FormField, name: string): FormField {
  const found =
    form.kind === 'object' ? form.entries.find((candidate) => candidate.name === name) : undefined;
  if (found === undefined) throw new Error(`no field ${name}`);
  return found.field;
}

const schema = {
  type: 'object',
  properties: {
    note: { type: 'string', description: 'Free text.' },
    path: { type: 'string' },
    lines: { type: 'integer', minimum: 1, maximum: 10 },
    ratio: { type: ['number', 'null'] },
    deep: { type: 'boolean', default: true },
    mode: { enum: ['a', 'b', 3] },
    tags: { type: 'array', items: { type: 'string' } },
    owner: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    maybe: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    shared: { $ref: '#/$defs/place' },
    odd: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    free: { type: 'object', additionalProperties: { type: 'string' } },
  },
  required: ['path', 'lines'],
  $defs: { place: { type: 'string', enum: ['here', 'there'] } },
};

describe('a form from a JSON Schema', () => {
  const form = formModel(schema);

  it('has a field of the right kind for each property, the needed ones first', () => {
    const kinds =
      form.kind === 'object' ? form.entries.map(({ name, field }) => `${name}:${field.kind}`) : [];
    expect(kinds).toEqual([
      'path:string',
      'lines:number',
      'note:string',
      'ratio:number',
      'deep:boolean',
      'mode:enum',
      'tags:array',
      'owner:object',
      'maybe:string',
      'shared:enum',
      'odd:json',
      'free:json',
    ]);
  });

  it('starts with the defaults and with what must be given', () => {
    expect(initialValue(form)).toEqual({ path: '', lines: undefined, deep: true });
  });

  it('names what is wrong by its place', () => {
    const value = { lines: 2.5, tags: ['ok', 4], owner: {}, ratio: 'x' };
    expect(problems(form, value)).toEqual({
      path: 'Needed.',
      lines: 'A whole number is needed.',
      'tags[1]': 'A text is needed.',
      'owner.name': 'Needed.',
      ratio: 'A number is needed.',
    });
    expect(problems(form, { path: 'a', lines: 11 })).toEqual({ lines: 'At most 10.' });
    expect(problems(form, { path: 'a', lines: 3, mode: 3 })).toEqual({});
  });

  it('falls back to JSON for what is no object, so that every tool can be called', () => {
    expect(formModel({}).kind).toBe('json');
    expect(formModel({ type: 'string' }).kind).toBe('json');
    expect(initialValue(formModel({}))).toEqual({});
    expect(formModel({ type: 'object' })).toMatchObject({ kind: 'object', entries: [] });
  });

  it('stays bounded with a schema that refers to itself, is deep, or is huge', () => {
    const looped = { type: 'object', properties: { child: { $ref: '#' } } };
    let field = formModel(looped);
    let depth = 0;
    while (field.kind === 'object') {
      field = entry(field, 'child');
      depth += 1;
    }
    expect(field.kind).toBe('json');
    expect(depth).toBeLessThan(10);

    const properties = Object.fromEntries(
      Array.from({ length: 5000 }, (_, n) => [`p${n.toString()}`, { type: 'string' }]),
    );
    expect(formModel({ type: 'object', properties }).kind).toBe('json');
  });

  it('survives nonsense in every place', () => {
    const nonsense = {
      type: 'object',
      properties: { a: 7, b: { type: 9, enum: [] }, c: { type: 'array', items: [] } },
      required: 'a',
    };
    expect(() => initialValue(formModel(nonsense))).not.toThrow();
  });
});
