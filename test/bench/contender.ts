/** One way of making the same call, run as two processes: one that serves and one that calls. */
export interface Contender {
  /** Runs in the process that serves. The address is whatever `connect` needs to find it. */
  serve(): Promise<Served>;
  /** Runs in the process that calls. */
  connect(address: string): Promise<Caller>;
}

export interface Served {
  readonly address: string;
  stop(): Promise<void>;
}

export interface Caller {
  /** Makes one call and checks its answer. May be called again before it has settled. */
  call(): Promise<void>;
  stop(): Promise<void>;
}
