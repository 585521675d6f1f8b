import type { AgentSource } from '../../../shared/agents.ts';
import type { PanicReport } from '../../../shared/panic.ts';
import { markedProcesses } from './marked-processes.ts';
import { isRunning } from './process-group.ts';

/** Whether anything of an agent still runs, and how that was looked for. */
export type Left = Omit<PanicReport['agents'][number], 'name'>;

interface Looked {
  readonly source: AgentSource;
  /** Null: it never ran. */
  readonly group: number | null;
  /** The beginning of the marks of all its runs. */
  readonly mark: string;
}

/** Asks the system; nothing is believed that was only sent. */
export async function lookFor({ source, group, mark }: Looked): Promise<Left> {
  if (source.kind === 'http') {
    return {
      outcome: 'unknown',
      checked: 'It runs elsewhere. Nothing more is sent to it; what it still does cannot be seen from here.',
    };
  }
  if (group === null) return { outcome: 'stopped', checked: 'It was not running.' };
  if (process.platform === 'win32') return onWindows(group);
  const inGroup = await isRunning(group);
  const marked = await markedProcesses(mark);
  if (inGroup || (marked !== null && marked.length > 0)) {
    const pids = marked === null || marked.length === 0 ? `group ${group}` : marked.slice(0, 10).join(', ');
    return {
      outcome: 'still-running',
      checked: `The system does not let go of it. Processes that are left: ${pids}.`,
    };
  }
  return {
    outcome: 'stopped',
    checked:
      marked === null
        ? `No process is left in its group ${group}. One that had left the group would not be seen.`
        : `No process is left in its group ${group}, and none anywhere that it started.`,
  };
}

/** Only the program itself can be looked for; what it started was told to end with it. */
function onWindows(pid: number): Left {
  try {
    process.kill(pid, 0);
    return { outcome: 'still-running', checked: `Its process ${pid} is still there.` };
  } catch {
    return {
      outcome: 'stopped',
      checked: `Its process ${pid} is gone. What it started was told to end with it.`,
    };
  }
}
