import { AgentSpec, type AgentView } from '../../shared/agents.ts';
import type { Bodies } from '../../shared/settings.ts';
import { formatPairs, joinCommandLine, parsePairs, splitCommandLine } from './command-line.ts';

/** What the form holds: texts as typed. */
export interface AgentForm {
  name: string;
  description: string;
  tags: string;
  kind: 'stdio' | 'http';
  commandLine: string;
  cwd: string;
  env: string;
  url: string;
  headers: string;
  autostart: boolean;
  announced: boolean;
  /** Empty: as the settings say. */
  bodies: Bodies | '';
}

export type AgentErrors = Partial<Record<keyof AgentForm, string>>;

export const emptyForm: AgentForm = {
  name: '',
  description: '',
  tags: '',
  kind: 'stdio',
  commandLine: '',
  cwd: '',
  env: '',
  url: '',
  headers: '',
  autostart: true,
  announced: false,
  bodies: '',
};

export function formOf(agent: AgentView): AgentForm {
  const { source } = agent;
  return {
    ...emptyForm,
    name: agent.name,
    description: agent.description,
    tags: agent.tags.join(', '),
    autostart: agent.autostart,
    announced: agent.announced,
    bodies: agent.bodies ?? '',
    kind: source.kind,
    ...(source.kind === 'stdio'
      ? {
          commandLine: joinCommandLine([source.command, ...source.args]),
          cwd: source.cwd ?? '',
          env: formatPairs(source.env, '='),
        }
      : { url: source.url, headers: formatPairs(source.headers, ':') }),
  };
}

/** Reads the form. Each error stands with the field it is about. Pure. */
export function readForm(
  form: AgentForm,
): { spec: AgentSpec; errors: null } | { spec: null; errors: AgentErrors } {
  const errors: AgentErrors = {};
  const split = splitCommandLine(form.commandLine);
  const env = parsePairs(form.env, '=');
  const headers = parsePairs(form.headers, ':');
  if (form.kind === 'stdio' && !split.ok) errors.commandLine = split.error;
  if (form.kind === 'stdio' && env.error !== null) errors.env = env.error;
  if (form.kind === 'http' && headers.error !== null) errors.headers = headers.error;
  const [command = '', ...args] = split.ok ? split.words : [];
  const parsed = AgentSpec.safeParse({
    name: form.name.trim(),
    description: form.description.trim(),
    tags: form.tags
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    autostart: form.autostart,
    announced: form.announced,
    bodies: form.bodies === '' ? null : form.bodies,
    source:
      form.kind === 'stdio'
        ? {
            kind: 'stdio',
            command,
            args,
            env: env.pairs,
            cwd: form.cwd.trim() === '' ? null : form.cwd.trim(),
          }
        : { kind: 'http', url: form.url.trim(), headers: headers.pairs },
  });
  if (parsed.success && Object.keys(errors).length === 0) return { spec: parsed.data, errors: null };
  for (const issue of parsed.error?.issues ?? []) {
    const field = fieldOf(issue.path);
    errors[field] ??= issue.message;
  }
  return { spec: null, errors };
}

function fieldOf(path: readonly PropertyKey[]): keyof AgentForm {
  const [first, second] = path;
  if (first === 'name' || first === 'description' || first === 'tags') return first;
  if (second === 'env' || second === 'headers' || second === 'cwd' || second === 'url') return second;
  return 'commandLine';
}
