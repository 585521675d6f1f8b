import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AgentSource } from '../../../shared/agents.ts';
import { AgentError } from './agent-error.ts';

/** Stands for a secret value in everything that is shown. */
const MASK = '•';

/** The canonical JSON (RFC 8785) of a value that came from JSON. @throws where it has none */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('This value has no JSON form.');
  return text;
}

/** SHA-256 in hex over the canonical JSON of a value that came from JSON. @throws where it has none */
export const canonicalDigest = (value: unknown): string =>
  createHash('sha256').update(canonicalText(value)).digest('hex');

/** Digest of the whole source, secret values included. */
export const sourceDigest = (source: AgentSource): string => canonicalDigest(source);

const masked = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.keys(values).map((name) => [name, MASK]));

/** The source as it may be shown: each value of environment and headers is `•`. */
export const maskSource = (source: AgentSource): AgentSource =>
  source.kind === 'stdio'
    ? { ...source, env: masked(source.env) }
    : { ...source, headers: masked(source.headers) };

function filled(
  values: Readonly<Record<string, string>>,
  stored: Readonly<Record<string, string>>,
  what: string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (value !== MASK) return [name, value];
      const old = Object.hasOwn(stored, name) ? stored[name] : undefined;
      if (old === undefined) {
        throw new AgentError('INVALID', `There is no stored value for the ${what} ${name}. Give its value.`);
      }
      return [name, old];
    }),
  );
}

/** Puts stored secret values where an edited source has `•`. @throws {AgentError} INVALID where there is none */
export function keepSecrets(source: AgentSource, stored: AgentSource | null): AgentSource {
  if (source.kind === 'stdio') {
    return { ...source, env: filled(source.env, stored?.kind === 'stdio' ? stored.env : {}, 'variable') };
  }
  return {
    ...source,
    headers: filled(source.headers, stored?.kind === 'http' ? stored.headers : {}, 'header'),
  };
}
