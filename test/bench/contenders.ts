import { networkInterfaces } from 'node:os';
import type { Contender } from './contender.ts';

/**
 * Who takes part, by group, in the order in which they are measured. Each is loaded only in the processes that run it,
 * so that none carries the weight of another.
 */
const contenders = {
  rpc: {
    'gatehouse tcp': async () =>
      (await import('./rpc/over-gatehouse.ts')).overGatehouse('/ip4/127.0.0.1/tcp/0'),
    'gatehouse quic': async () =>
      (await import('./rpc/over-gatehouse.ts')).overGatehouse('/ip4/127.0.0.1/udp/0/quic-v1'),
    'gatehouse ws': async () =>
      (await import('./rpc/over-gatehouse.ts')).overGatehouse('/ip4/127.0.0.1/tcp/0/ws'),
    'gatehouse webrtc': async () => (await import('./rpc/over-relay.ts')).overWebRtc,
    'gatehouse relay': async () => (await import('./rpc/over-relay.ts')).overRelay,
    'gatehouse websocket': async () => (await import('./rpc/over-gatehouse.ts')).overWebSocket,
    legacy: async () => (await import('./rpc/over-dawn.ts')).overDawn,
    'raw ws': async () => (await import('./rpc/over-ws.ts')).overWs,
    'node http2': async () => (await import('./rpc/over-http2.ts')).overHttp2,
    'grpc-js': async () => (await import('./rpc/over-grpc.ts')).overGrpc,
  },
  calls: {
    gatehouse: async () => (await import('./calls/over-gatehouse.ts')).overGatehouse,
    'direct stdio': async () => (await import('./calls/over-stdio.ts')).overStdio,
    supergateway: async () => (await import('./calls/over-http-bridge.ts')).overSupergateway,
    'mcp-proxy': async () => (await import('./calls/over-http-bridge.ts')).overMcpProxy,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, () => Promise<Contender>>>>>;

export type GroupName = keyof typeof contenders;

/** WebRTC does not use loopback: without another interface it cannot take part, though nothing leaves the machine. */
const hasInterface = (): boolean =>
  Object.values(networkInterfaces()).some(
    (addresses) => addresses?.some(({ internal }) => !internal) === true,
  );

export const namesOf = (group: GroupName): string[] =>
  Object.keys(contenders[group]).filter((name) => name !== 'gatehouse webrtc' || hasInterface());

export async function loadContender(group: string, name: string): Promise<Contender> {
  const groups: Readonly<Record<string, Readonly<Record<string, () => Promise<Contender>>>>> = contenders;
  const load = groups[group]?.[name];
  if (load === undefined) throw new Error(`There is no ${name} in the group ${group}.`);
  return await load();
}
