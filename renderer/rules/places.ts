import type { ApprovalId, CallId, RuleId } from '../../shared/ids.ts';
import { go, href } from '../state/route.ts';

/** What follows `#/rules/`. Anything else there is the id of a rule, which is open to be changed. */
export const NEW_RULE = 'new';
export const HISTORY = 'history';
export const TRY = 'try';

/** The editor, filled in from a recorded call. */
export const ruleFromCall = (id: CallId): string => href('rules', NEW_RULE, 'call', id.toString());
/** Opens the editor, filled in from a question that waits. */
export const goToRule = (id: ApprovalId): void => go('rules', NEW_RULE, 'approval', id);
export const ruleAt = (id: RuleId): string => href('rules', id);
