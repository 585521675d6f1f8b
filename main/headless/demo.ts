import type { Host } from '../host/index.ts';

export async function temporaryDataDir(_stack: AsyncDisposableStack): Promise<string> {
  return await Promise.reject(new Error('not yet'));
}
export async function startDemo(_stack: AsyncDisposableStack, _host: Host): Promise<void> {
  await Promise.reject(new Error('not yet'));
}
