import { once } from 'node:events';
import { createServer, createConnection } from 'node:net';
import { expect, it } from 'vitest';
import { accountOf, isSameAccount } from '../../../../main/endpoint/same-account.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const REST = '01 00000000:00000000 00:00000000 00000000';

it('reads whose connection it is from the side of the client', () => {
  const table =
    `${HEAD}   0: 0100007F:10B8 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1 1\n` +
    `   1: 0100007F:10B8 0100007F:C350 ${REST}  1000        0 2 1\n` +
    `   2: 0100007F:C350 0100007F:10B8 ${REST}  1001        0 3 1\n`;
  expect(accountOf(table, 50_000, 4280)).toBe(1001);
  expect(accountOf(table, 50_001, 4280)).toBeNull();
  expect(accountOf(table, 50_000, 4281)).toBeNull();
  expect(accountOf('', 50_000, 4280)).toBeNull();
});

it('finds an IPv4 connection made through an IPv6 socket', () => {
  const mapped = '0000000000000000FFFF00000100007F';
  const table = `${HEAD}   0: ${mapped}:C350 ${mapped}:10B8 ${REST}  1001        0 3 1\n`;
  expect(accountOf(table, 50_000, 4280)).toBe(1001);
});

it('knows a connection of our own', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const client = createConnection(own, '127.0.0.1');
  await once(client, 'connect');
  try {
    expect(await isSameAccount(client.localPort ?? 0, own)).toBe(true);
    if (process.platform === 'linux') expect(await isSameAccount(1, own)).toBe(false);
  } finally {
    client.destroy();
    server.close();
  }
});
