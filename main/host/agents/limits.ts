import { MAX_MESSAGE_BYTES } from '../../../shared/wire.ts';

/** Bounds of everything that an agent could make grow. */
export interface AgentLimits {
  /** Longest message in either direction, in bytes. */
  readonly messageBytes: number;
  /** Requests that one agent works on at a time; more are answered `too-many-calls`. */
  readonly runningRequests: number;
  /** What may wait for an agent that does not read, in UTF-16 units; more is answered `too-many-calls`. */
  readonly outgoing: number;
  /** Lines on stdout that are no MCP messages, within `garbageWindowMs`; more ends the agent. */
  readonly garbageLines: number;
  readonly logLines: number;
  /** Longest log line, in UTF-16 units; the rest is cut off. */
  readonly logLineLength: number;
  readonly tools: number;
  /** Pages of one `tools/list`. */
  readonly toolPages: number;
  /** This many ends within `crashWindowMs` are a crash loop. */
  readonly crashes: number;
}

/** All in milliseconds. */
export interface AgentTimings {
  /** From the start of the program to its tools being listed; long, because `npx` may download first. */
  readonly start: number;
  /** How long a silent stdio agent is asked for the newer protocol before the older one is tried. */
  readonly probe: number;
  readonly firstRestart: number;
  readonly maxRestart: number;
  readonly crashWindow: number;
  /** After running this long its earlier ends no longer count. */
  readonly stable: number;
  /** Between closing stdin and SIGTERM, and between SIGTERM and SIGKILL. */
  readonly stopGrace: number;
  readonly usageEvery: number;
  readonly garbageWindow: number;
}

export const defaultLimits: AgentLimits = {
  messageBytes: MAX_MESSAGE_BYTES,
  runningRequests: 1024,
  outgoing: 2 * MAX_MESSAGE_BYTES,
  garbageLines: 10_000,
  logLines: 1000,
  logLineLength: 4000,
  tools: 1000,
  toolPages: 64,
  crashes: 5,
};

export const defaultTimings: AgentTimings = {
  start: 120_000,
  probe: 20_000,
  firstRestart: 1000,
  maxRestart: 60_000,
  crashWindow: 60_000,
  stable: 60_000,
  stopGrace: 2000,
  usageEvery: 2000,
  garbageWindow: 10_000,
};
