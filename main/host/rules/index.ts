/** The rules room: what a person does with rules as a whole. The gate holds and applies them. */
import type {
  Explanation,
  NewRule,
  Proposal,
  Replay,
  RulesDifference,
  RulesVersion,
} from '../../../shared/rules.ts';
import type { CallId, RuleId } from '../../../shared/ids.ts';

export interface Rules {
  /** @throws {RulesError} NOT_FOUND; INVALID where the record does not hold the arguments */
  explainCall(id: CallId): Explanation;
  /** Takes its time in pieces, so that calls go on meanwhile. */
  replay(rule: NewRule, inPlaceOf: RuleId | null, signal?: AbortSignal): Promise<Replay>;
  proposals(): Promise<Proposal[]>;
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
