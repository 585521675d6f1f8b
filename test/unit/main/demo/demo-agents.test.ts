import { expect, it } from 'vitest';
import { HARMLESS_TOOLS, demoCall } from '../../../../main/demo/demo-agents.ts';

const agents = ['everything', 'memory', 'files', 'everything-demo'];

it('has something to ask every agent of the demo, for ever', () => {
  for (const agent of agents) {
    for (let turn = 0; turn < 50; turn += 1)
      expect(demoCall(agent, '/scratch', turn, 'any').tool).toMatch(/^[a-z_-]+$/);
  }
});

it('keeps what is called without asking apart from what asks each time', () => {
  for (const agent of ['everything', 'everything-demo']) {
    for (let turn = 0; turn < 10; turn += 1) {
      expect(HARMLESS_TOOLS.has(demoCall(agent, '/scratch', turn, 'harmless').tool)).toBe(true);
      expect(HARMLESS_TOOLS.has(demoCall(agent, '/scratch', turn, 'questions').tool)).toBe(false);
    }
  }
});
