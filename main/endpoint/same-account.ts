import { readFile } from 'node:fs/promises';

/**
 * Whether a connection over loopback comes from a program of the account that this process runs under. Only Linux
 * tells; elsewhere the answer is yes. Not found counts as no.
 * @param client the port at the other end
 * @param own the port at our end
 */
export async function isSameAccount(client: number, own: number): Promise<boolean> {
  const account = process.getuid?.();
  if (process.platform !== 'linux' || account === undefined) return true;
  // A client may reach an IPv4 address through an IPv6 socket; the system lists it there then.
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'latin1').catch(() => ''));
  return (await Promise.all(tables)).some((table) => accountOf(table, client, own) === account);
}

/** The user id behind a connection between two ports of 127.0.0.1, as the system's table has it. Pure. */
export function accountOf(table: string, from: number, to: number): number | null {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  // 127.0.0.1, plain or within IPv6, as a number in the byte order of the machine.
  const end = (port: number): RegExp => new RegExp(`(0100007F|7F000001):${hex(port)}$`);
  for (const line of table.split('\n')) {
    const [, local = '', remote = '', , , , , uid = ''] = line.trim().split(/\s+/);
    if (end(from).test(local) && end(to).test(remote) && /^\d+$/.test(uid)) return Number(uid);
  }
  return null;
}
