/** What follows `#/network/` for the page that tells who depends on WebSocket. */
export const MIGRATION = 'migration';
