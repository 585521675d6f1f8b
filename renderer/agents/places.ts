/** What follows `#/agents/` where it is no agent's name: no name has these characters. */
export const ADD = '+';
export const SEEN = '~';
