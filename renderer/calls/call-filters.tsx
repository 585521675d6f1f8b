import { Search } from 'lucide-react';
import { useMemo } from 'react';
import { CallStatus, type CallView } from '../../shared/calls.ts';
import { Input, Select } from '../parts/field.tsx';
import { useLive } from '../state/hooks.ts';
import { shown } from '../words/shown.ts';
import type { CallFilter } from './call-log.ts';

/** So many names are offered to choose from. */
const MOST = 200;
const LONGEST = 60;

interface CallFiltersProps {
  filter: CallFilter;
  /** What is listed; its agents and tools are offered. */
  rows: readonly CallView[];
  onChange: (filter: CallFilter) => void;
}

/** Words over all records, and what narrows them further. */
export function CallFilters({ filter, rows, onChange }: CallFiltersProps) {
  const own = useLive((live) => live.agents);
  const agents = useMemo(
    () => names([...Object.keys(own), ...rows.map(({ agent }) => agent)], filter.agent),
    [own, rows, filter.agent],
  );
  const tools = useMemo(
    () =>
      names(
        [
          ...(own[filter.agent]?.tools.map(({ name }) => name) ?? []),
          ...rows
            .filter(({ agent }) => filter.agent === '' || agent === filter.agent)
            .map(({ tool }) => tool),
        ],
        filter.tool,
      ),
    [own, rows, filter.agent, filter.tool],
  );
  return (
    <>
      <label className="relative max-mid:basis-full">
        <Search size={14} aria-hidden className="absolute top-2.25 left-2 text-dim" />
        <Input
          aria-label="Filter by peer, agent, tool or error"
          placeholder="Peer, agent, tool, error"
          value={filter.text}
          maxLength={200}
          onChange={(event) => onChange({ ...filter, text: event.target.value })}
          className="w-52 !pl-7 max-mid:w-full"
        />
      </label>
      <Select
        aria-label="Direction"
        value={filter.direction}
        className="!w-auto"
        onChange={(event) => {
          const { value } = event.target;
          onChange({ ...filter, direction: value === 'in' || value === 'out' ? value : '' });
        }}
      >
        <option value="">Both ways</option>
        <option value="in">Incoming</option>
        <option value="out">Outgoing</option>
      </Select>
      <Select
        aria-label="Status"
        value={filter.status}
        className="!w-auto"
        onChange={(event) =>
          onChange({ ...filter, status: CallStatus.safeParse(event.target.value).data ?? '' })
        }
      >
        <option value="">Any status</option>
        {CallStatus.options.map((status) => (
          <option key={status} value={status}>
            {status}
          </option>
        ))}
      </Select>
      <NameSelect
        label="Agent"
        any="Any agent"
        value={filter.agent}
        names={agents}
        onChoose={(agent) => onChange({ ...filter, agent, tool: '' })}
      />
      <NameSelect
        label="Tool"
        any="Any tool"
        value={filter.tool}
        names={tools}
        onChoose={(tool) => onChange({ ...filter, tool })}
      />
    </>
  );
}

/** Each once, by name; the chosen one stays among them although nothing listed has it. */
const names = (all: readonly string[], chosen: string): readonly string[] =>
  [...new Set(chosen === '' ? all : [chosen, ...all])].slice(0, MOST).toSorted();

const NameSelect = ({
  label,
  any,
  value,
  names: offered,
  onChoose,
}: {
  label: string;
  any: string;
  value: string;
  names: readonly string[];
  onChoose: (name: string) => void;
}) => (
  <Select
    aria-label={label}
    value={value}
    className="!w-auto max-w-36"
    onChange={(event) => onChoose(event.target.value)}
  >
    <option value="">{any}</option>
    {offered.map((name) => (
      <option key={name} value={name}>
        {shown(name, LONGEST)}
      </option>
    ))}
  </Select>
);
