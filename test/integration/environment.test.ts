import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HostView } from '../../shared/live.ts';
import { Settings } from '../../shared/settings.ts';
import { Serving } from '../fixtures/serving.ts';

const Overrides = HostView.pick({ overrides: true, notices: true });

// Real hosts as real processes, on loopback.
let root: string;
let host: Serving;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-environment-'));
  host = new Serving(root, 'host');
});
afterEach(async () => {
  await host.end('SIGTERM');
  await rm(root, { recursive: true, force: true });
});

describe('settings from the environment', () => {
  it('count while the host runs, cannot be changed meanwhile, and are not kept', async () => {
    host.env = { LIBP2P_DHT_ENABLED: '0', GATEHOUSE_APPROVAL_SECONDS: '42', GATEHOUSE_APROVAL_SECONDS: '43' };
    await host.start();
    const status = await host.ask(z.looseObject(Overrides.shape), 'status');
    expect(status.overrides).toMatchObject({
      dht: 'LIBP2P_DHT_ENABLED',
      approvalSeconds: 'GATEHOUSE_APPROVAL_SECONDS',
      // The command line is stronger than the environment, and says so.
      mdns: '--no-mdns',
      listen: '--listen',
    });
    expect(status.notices.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/GATEHOUSE_APROVAL_SECONDS.*Did you mean GATEHOUSE_APPROVAL_SECONDS\?/),
    );
    expect(await host.ask(Settings, 'settings')).toMatchObject({
      dht: false,
      mdns: false,
      approvalSeconds: 42,
    });
    for (const key of ['dht', 'mdns']) {
      const { code, err } = await host.code('settings', 'set', key, 'true');
      expect(code).toBe(1);
      expect(err).toMatch(
        /(LIBP2P_DHT_ENABLED in the environment|--no-mdns on the command line) decides this/,
      );
    }
    expect(await host.ask(Settings, 'settings', 'set', 'keepDays', '7')).toMatchObject({
      keepDays: 7,
      approvalSeconds: 42,
    });
    await host.end('SIGTERM');
    host.env = {};
    await host.start();
    expect(await host.ask(Settings, 'settings')).toMatchObject({ keepDays: 7, approvalSeconds: 300 });
  });

  it('are refused as a whole where one is wrong, with every name, value and what is allowed', async () => {
    host.env = {
      TRANSPORT_TYPE: 'both',
      LIBP2P_ENABLED: 'no',
      GATEHOUSE_STUN: 'nowhere',
      GATEHOUSE_UPNP: 'on',
    };
    const { code, out, err } = await host.code('serve', '--port', '0');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(
      'TRANSPORT_TYPE is "both" and LIBP2P_ENABLED is "no": one says that libp2p is used',
    );
    expect(err).toContain('GATEHOUSE_STUN is "nowhere": it must be STUN servers as host:port');
    expect(err).not.toContain('GATEHOUSE_UPNP');
    const asJson = await host.code('serve', '--port', '0', '--json');
    expect(JSON.parse(asJson.err)).toMatchObject({ error: { code: 'INVALID_ENVIRONMENT' } });
  });

  it('brings two hosts together by invites, at the command line', async () => {
    await host.start('--name', 'Ada');
    const other = new Serving(root, 'other');
    await other.start('--name', 'Ben');
    try {
      const { text } = await host.ask(z.looseObject({ text: z.string() }), 'invite', '--trusted');
      const Joined = z.looseObject({ id: z.string(), alias: z.string(), acceptsUs: z.boolean() });
      expect(await other.ask(Joined, 'join', text, '--alias', 'My Ada', '--yes')).toMatchObject({
        id: host.peerId,
        alias: 'My Ada',
        acceptsUs: true,
      });
      const contacts = await host.ask(z.array(z.looseObject({ id: z.string() })), 'contacts');
      expect(contacts).toMatchObject([{ id: other.peerId, trust: 'trusted' }]);
      const used = await host.ask(z.array(z.looseObject({ usedBy: z.string() })), 'invites');
      expect(used).toMatchObject([{ usedBy: other.peerId }]);
      expect((await other.code('join', text.slice(0, -1), '--yes')).err).toContain('cut short or mistyped');
    } finally {
      await other.end('SIGTERM');
    }
  });
});
