/** The live room: what the interface sees, kept as numbered entries from which any watcher is brought up to date. */
export { DELTA_INTERVAL_MS, LiveStore, type LiveInit } from './live-store.ts';
