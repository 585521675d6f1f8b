import type { Capability } from '../../../shared/registry.ts';

/** Records that one host may have in the distributed table. */
export const MAX_CAPABILITIES = 32;

/**
 * What agents are found by in the distributed table: one of each agent in turn, so that one with many tools does not
 * crowd out the others; its tags first, as they say most. Pure.
 */
export function capabilitiesOf(
  agents: readonly { readonly tools: readonly string[]; readonly tags: readonly string[] }[],
): Capability[] {
  const lists = agents.map(({ tools, tags }): Capability[] => [
    ...tags.filter((name) => fits(name, 100)).map((name) => ({ kind: 'tag' as const, name })),
    ...tools.filter((name) => fits(name, 256)).map((name) => ({ kind: 'tool' as const, name })),
  ]);
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const chosen = new Map<string, Capability>();
  for (let turn = 0; turn < longest; turn += 1) {
    for (const list of lists) {
      const one = list[turn];
      if (one !== undefined) chosen.set(`${one.kind} ${one.name}`, one);
      if (chosen.size === MAX_CAPABILITIES) return [...chosen.values()];
    }
  }
  return [...chosen.values()];
}

const fits = (name: string, length: number): boolean => name !== '' && name.length <= length;
