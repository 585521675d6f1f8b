/** The rules room: what a person does with rules as a whole. The gate holds and applies them. */
import type {
  Explanation,
  ImaginedCall,
  NewRule,
  Proposal,
  Replay,
  Rule,
  RuleView,
  RulesDifference,
  RulesVersion,
} from '../../../shared/rules.ts';
import type { CallId, RuleId } from '../../../shared/ids.ts';
import type { Agents } from '../agents/index.ts';
import type { Gate, Judge, PinStore, RuleStore } from '../gate/index.ts';
import type { Peers } from '../peers/index.ts';
import type { CallStore, FactStore } from '../records/index.ts';
import { RulesRoom } from './rules-room.ts';

export interface Rules {
  /**
   * Puts a rule of the person's in force. One on a single tool stands for the definition that the tool has now.
   * @throws {GateError} INVALID; or what the records throw
   */
  add(rule: NewRule): RuleView;
  /** @throws {GateError} NOT_FOUND */
  change(id: RuleId, rule: NewRule): RuleView;
  /** By today's trust, link and definition of the tool. */
  explainImagined(call: ImaginedCall): Explanation;
  /** @throws {RulesError} NOT_FOUND; INVALID where the record does not hold the arguments */
  explainCall(id: CallId): Explanation;
  /**
   * Takes its time in pieces, so that calls go on meanwhile; one after the other.
   * @throws {RulesError} NOT_FOUND, BUSY where eight others wait already, CANCELLED
   */
  replay(rule: NewRule, inPlaceOf: RuleId | null, signal?: AbortSignal): Promise<Replay>;
  /** @throws {RulesError} BUSY */
  proposals(): Promise<Proposal[]>;
  /** @throws {RulesError} NOT_FOUND where it was not among those made last */
  dismiss(proposalId: string): void;
  history(query: { before?: number; limit: number }): RulesVersion[];
  /** @throws {RulesError} CONFLICT, NOT_FOUND */
  restore(version: number, from: number): void;
  exportText(): string;
  /** @throws {RulesError} INVALID with the line and what is wrong */
  checkImport(text: string, mode: 'replace' | 'add'): RulesDifference;
  /** @throws {RulesError} INVALID, CONFLICT */
  import(text: string, mode: 'replace' | 'add', version: number, digest: string): void;
}

export interface RulesModules {
  readonly gate: Pick<Gate, 'rules' | 'addRule' | 'changeRule' | 'rulesVersion' | 'replaceRules' | 'explain'>;
  readonly store: Pick<RuleStore, 'list' | 'version' | 'history'>;
  readonly calls: Pick<CallStore, 'page' | 'recorded' | 'detail' | 'count'>;
  readonly pins: Pick<PinStore, 'get' | 'pinned'>;
  readonly facts: FactStore;
  readonly peers: Pick<Peers, 'get' | 'trust'>;
  readonly agents: Pick<Agents, 'list' | 'tools' | 'sourceDigest'>;
  readonly judgeOf: (rules: readonly Rule[]) => Judge;
  /** The home directory of whoever runs the host: no proposal lets all of it in. */
  readonly home: string;
  readonly now?: () => number;
}

export const createRules = (modules: RulesModules): Rules => new RulesRoom(modules);

export { RulesError } from './rules-error.ts';
