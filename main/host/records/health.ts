/** Joins what the two writers say of the disk: a problem while either has one, and null once neither has. */
export class Health {
  readonly #problems = new Map<'calls' | 'rest', string>();
  readonly #onChange: (problem: string | null) => void;
  #told: string | null = null;

  constructor(onChange: (problem: string | null) => void) {
    this.#onChange = onChange;
  }

  note(of: 'calls' | 'rest', problem: string | null): void {
    if (problem === null) this.#problems.delete(of);
    else this.#problems.set(of, problem);
    const [worst = null] = this.#problems.values();
    if (worst === this.#told) return;
    this.#told = worst;
    this.#onChange(worst);
  }
}
