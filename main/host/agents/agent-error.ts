/** What went wrong with an agent, in a sentence for the person. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: 'NOT_FOUND' | 'CONFLICT' | 'INVALID' | 'UNCONFIRMED' | 'UNAVAILABLE' | 'STOPPED';
  constructor(code: AgentError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
