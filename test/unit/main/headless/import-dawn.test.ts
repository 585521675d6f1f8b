import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileKeyStore, openIdentity, peerIdOfPublicKey } from '../../../../main/host/identity/index.ts';
import { openRecords, type Records } from '../../../../main/host/records/index.ts';
import { runIn, type Said } from '../../../fixtures/at-a-host.ts';

// The fixed keys of the recorded vectors.
const SEED = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const NODE = '03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8';
const OTHER_SEED = '202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f';
const OTHER = '29acbae141bccaf0b22e1a94d34d0bc7361e526d0bfe12c89794bc9322966dd7';
const peerIdOf = (nodeId: string) => {
  const peerId = peerIdOfPublicKey(Buffer.from(nodeId, 'hex'));
  if (peerId === null) throw new Error('A node id of the test is none.');
  return peerId;
};
/** Node ids of others, all of real keys. */
const [ann = '', ben = '', cas = '', dan = '', eve = ''] = Array.from({ length: 5 }, () => {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').toString('hex');
});

const pemOf = (seed: string): string => {
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
};

let root: string;
let dawn: string;
let data: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-import-'));
  dawn = join(root, 'dawn');
  data = join(root, 'data');
  await mkdir(dawn);
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const write = async (name: string, content: string | Buffer | object): Promise<void> => {
  await mkdir(join(dawn, name, '..'), { recursive: true });
  const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
  await writeFile(join(dawn, name), isRaw ? content : JSON.stringify(content));
};
const importing = (answer: string | null = null, ...more: string[]): Promise<Said> =>
  runIn(data, ['import-dawn', dawn, ...more], { answer });
const imported = (): Promise<Said> => importing(null, '--yes');
const nodeIdHere = async (): Promise<string> =>
  (await openIdentity(createFileKeyStore(join(data, 'identity.key')))).dawnNodeId;

async function withRecords<T>(work: (records: Records) => T): Promise<T> {
  const records = await openRecords({ dataDir: data, defaultName: 'desk' });
  try {
    return work(records);
  } finally {
    await records.close();
  }
}

describe('a whole Dawn node', () => {
  beforeEach(async () => {
    await write('node.key', SEED);
    await write('bootstrap.json', [
      'ws://192.0.2.1:8000',
      { address: 'ws://192.0.2.2:8000/', node_id: ann },
      { address: '192.0.2.5:8000', node_id: eve },
      { address: 'ws://192.0.2.66:8000', node_id: dan },
      { address: 'ws://192.0.2.99:8000', node_id: NODE },
    ]);
    await write('trust.json', {
      [ann]: 'trusted',
      [ben]: { trust_level: 'Verified', address: 'ws://192.0.2.3:8000' },
      [cas]: 'unknown',
      [dan]: 'untrusted',
      [eve]: 'bootstrap',
      [NODE]: 'trusted',
    });
  });

  it('is shown first, and taken whole: identity, addresses and trust', async () => {
    const { code, out, err } = await importing('y');
    expect(code).toBe(0);
    expect(out).toContain(`node.key (64 hex characters): this host becomes ${peerIdOf(NODE)}`);
    expect(out).toContain(`its Dawn node id stays ${NODE}`);
    expect(out).toMatch(
      new RegExp(`${peerIdOf(ann)} +${ann.slice(0, 12)}… +trusted +trusted +ws://192.0.2.2:8000`),
    );
    expect(out).toMatch(/bootstrap +no contact; a link to it is kept/);
    expect(out).toMatch(/trusted +it is this host itself/);
    expect(out).toContain('no Dawn node may answer without encryption by it');
    expect(out).toContain('gatehouse transport set both');
    expect(out + err).not.toContain(SEED);
    expect(err).toBe('Import this? [y/N] ');

    expect(await nodeIdHere()).toBe(NODE);
    expect((await stat(join(data, 'identity.key'))).mode & 0o777).toBe(0o600);
    await withRecords((records) => {
      expect(records.settings.get().webSocketPeers).toEqual([
        'ws://192.0.2.1:8000',
        `ws://192.0.2.2:8000#${ann}`,
        `ws://192.0.2.5:8000#${eve}`,
      ]);
      // The transport is the person's to switch.
      expect(records.settings.get().transport).toBe('libp2p');
      const plain = { transportChoice: null, legacyAllowed: false, speaksGatehouse: false };
      expect(records.peers.list()).toMatchObject([
        { peerId: peerIdOf(ann), trust: 'trusted', addresses: ['ws://192.0.2.2:8000'], ...plain },
        { peerId: peerIdOf(ben), trust: 'known', addresses: ['ws://192.0.2.3:8000'], ...plain },
        { peerId: peerIdOf(dan), trust: 'blocked', addresses: [], contactSince: null, ...plain },
      ]);
    });
  });

  it('is shown with every address that would be stored', async () => {
    await write('more/bootstrap.json', [{ address: 'ws://192.0.2.22:8000', node_id: ann }]);
    const { out } = await importing('n');
    expect(out).toMatch(/trusted +trusted +ws:\/\/192\.0\.2\.2:8000\n +ws:\/\/192\.0\.2\.22:8000\n/);
  });

  it('is left alone where the person says no, or nobody is there to say yes', async () => {
    expect(await importing('n')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was imported'),
    });
    expect(await importing()).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    await expect(readdir(data)).rejects.toThrow(/ENOENT/);
  });

  it('can be imported twice, and the second time changes nothing', async () => {
    await imported();
    const key = await readFile(join(data, 'identity.key'), 'utf8');
    const again = await imported();
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('all of it is here already') });
    expect(await readFile(join(data, 'identity.key'), 'utf8')).toBe(key);
  });

  it('never takes the place of an identity or of a decision that is here', async () => {
    const own = await openIdentity(createFileKeyStore(join(data, 'identity.key')));
    await withRecords((records) => {
      const peer = { alias: null, name: null, addresses: [], request: null, lastSeen: 1 };
      const links = { transportChoice: null, legacyAllowed: false, budget: null, speaksGatehouse: false };
      const rest = { ...peer, ...links, lastLinkedAt: { libp2p: null, websocket: null } };
      records.peers.put({ ...rest, peerId: peerIdOf(ann), trust: 'blocked', contactSince: null });
      records.peers.put({ ...rest, peerId: peerIdOf(dan), trust: 'known', contactSince: 1, alias: 'Dan' });
      records.settings.set({ webSocketPeers: ['ws://192.0.2.1:8000'] });
    });
    const { code, out } = await imported();
    expect(code).toBe(0);
    expect(out).toContain('is not taken: this data folder has one');
    expect(out).toContain('it is blocked here already, and stays so');
    expect(await nodeIdHere()).toBe(own.dawnNodeId);
    await withRecords((records) => {
      const trust = new Map(records.peers.list().map((peer) => [peer.peerId, peer.trust]));
      expect(trust.get(peerIdOf(ann))).toBe('blocked');
      expect(trust.get(peerIdOf(dan))).toBe('known');
      expect(trust.get(peerIdOf(ben))).toBe('known');
      const { webSocketPeers } = records.settings.get();
      expect(webSocketPeers[0]).toBe('ws://192.0.2.1:8000');
      expect(webSocketPeers.join(' ')).not.toContain(ann);
    });
  });

  it('is refused while a host runs with the data folder', async () => {
    const records = await openRecords({ dataDir: data, defaultName: 'desk' });
    try {
      expect(await imported()).toMatchObject({ code: 1, err: expect.stringContaining('already running') });
    } finally {
      await records.close();
    }
    expect((await readdir(data)).includes('identity.key')).toBe(false);
  });

  it('is taken as a whole or not at all', async () => {
    // Everything fits but one peer, which the database refuses.
    await withRecords(() => undefined);
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(data, 'gatehouse.db'));
    database.exec(
      `CREATE TRIGGER no BEFORE INSERT ON peers WHEN NEW.trust = 'blocked' BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
    database.close();
    expect(await imported()).toMatchObject({ code: 1 });
    expect((await readdir(data)).includes('identity.key')).toBe(false);
    await withRecords((records) => {
      expect(records.peers.list()).toEqual([]);
      expect(records.settings.get().webSocketPeers).toEqual([]);
    });
  });

  it('gives its plan as JSON, without the key', async () => {
    const { out } = await importing(null, '--yes', '--json');
    expect(JSON.parse(out)).toMatchObject({
      imported: true,
      identity: { taken: true, file: 'node.key', nodeId: NODE },
      peers: [
        { nodeId: ann, there: 'trusted', becomes: 'trusted' },
        { nodeId: ben, becomes: 'known' },
        { nodeId: dan, becomes: 'blocked' },
        { nodeId: eve, becomes: null },
        { nodeId: NODE, becomes: null },
      ],
    });
    expect(out).not.toContain(SEED);
    expect(out).not.toContain(Buffer.from(SEED, 'hex').toString('base64'));
  });
});

describe('the key of a Dawn node', () => {
  it.each<[string, string | Buffer | object, string]>([
    ['node.key', `${SEED}\n`, '64 hex characters'],
    ['keys/identity.key', Buffer.from(SEED, 'hex'), '32 raw bytes'],
    ['private_key.hex', `${SEED}${NODE}`.toUpperCase(), '128 hex characters'],
    ['identity', Buffer.from(SEED + NODE, 'hex'), '64 raw bytes'],
    ['private_key.pem', pemOf(SEED), 'PKCS #8 in PEM'],
    ['anything.pem', pemOf(SEED), 'PKCS #8 in PEM'],
    ['node.key', Buffer.from(SEED, 'hex').toString('base64'), 'base64'],
    ['identity.json', { node_id: NODE, private_key: SEED }, '64 hex characters as private_key'],
    [
      'node_identity.json',
      { identity: { seed: Buffer.from(SEED, 'hex').toString('base64') } },
      'base64 as seed',
    ],
    ['private_key.json', { ed25519_private_key: pemOf(SEED) }, 'PKCS #8 in PEM as ed25519_private_key'],
    ['config.json', { port: 8000, signing_key: SEED }, '64 hex characters as signing_key'],
  ])('is read from %s', async (name, content, as) => {
    await write(name, content);
    const { out, err } = await imported();
    expect(err).toBe('');
    expect(out).toContain(`${name} (${as})`);
    expect(await nodeIdHere()).toBe(NODE);
  });

  it.each<[string, string | Buffer | object, RegExp]>([
    ['node.key', 'hello, this is not a key', /24 characters that are no key.*64 or 128 hex/],
    ['node.key', '', /it is empty/],
    ['node.key', SEED.slice(2), /62 characters/],
    ['node.key', '0'.repeat(64), /bytes are the same/],
    ['node.key', Buffer.from([0xff, 0xfe, 1, 2]), /4 bytes that are no text/],
    ['node.key', `${SEED}${OTHER}`, /two halves do not belong together/],
    ['node.key', 'gatehouse-key-1 CAESQA==', /key of Gatehouse itself/],
    [
      'identity.key',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
      /PEM without a private key/,
    ],
    ['identity.json', '{"private_key": ', /no JSON object/],
    ['identity.json', { private_key: 7 }, /private_key that is no key.*no text/],
    ['identity.json', { private_key: 'x' }, /private_key that is no key/],
    ['identity.json', { node_id: OTHER, private_key: SEED }, /says that the node is 29acbae/],
    ['config.json', 'port = 8000', /config\.json is no JSON/],
  ])('is refused in %s where it is nonsense', async (name, content, sentence) => {
    await write(name, content);
    const said = await imported();
    expect(said).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence) });
    expect(said.err).not.toContain(SEED.slice(2));
    await expect(readdir(data)).rejects.toThrow(/ENOENT/);
  });

  it('is refused where it is of another kind, and passed over where the file may be for something else', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const pem = rsa.export({ format: 'pem', type: 'pkcs8' }).toString();
    await write('private_key.pem', pem);
    expect((await imported()).err).toMatch(/type rsa, not Ed25519/);
    await rm(join(dawn, 'private_key.pem'));
    await write('server.pem', pem);
    await write('node.key', SEED);
    expect((await imported()).out).toMatch(/server\.pem was passed over: its key is of type rsa/);
    expect(await nodeIdHere()).toBe(NODE);
  });

  it('is refused where there are two, and taken where both are the same', async () => {
    await write('node.key', SEED);
    await write('keys/private_key.hex', OTHER_SEED);
    expect((await imported()).err).toMatch(/private_key\.hex and node\.key hold different keys/);
    await write('keys/private_key.hex', SEED);
    expect(await imported()).toMatchObject({ code: 0 });
  });
});

describe('lists of a Dawn node', () => {
  it.each<[string, string | object]>([
    ['bootstrap.txt', `# ours\nws://192.0.2.1:8000\n\n192.0.2.2:8000  # the loft\n`],
    ['bootstrap.json', { nodes: ['ws://192.0.2.1:8000', 'ws://192.0.2.2:8000'] }],
    ['config.json', { bootstrap_nodes: ['ws://192.0.2.1:8000', { url: 'ws://192.0.2.2:8000' }], peers: 7 }],
    ['config.json', { bootstrap_peers: 'ws://192.0.2.1:8000,ws://192.0.2.2:8000' }],
  ])('are read from %s', async (name, content) => {
    await write(name, content);
    expect((await imported()).err).toBe('');
    await withRecords((records) =>
      expect(records.settings.get().webSocketPeers).toEqual(['ws://192.0.2.1:8000', 'ws://192.0.2.2:8000']),
    );
  });

  it.each<[string, string | object, RegExp]>([
    ['bootstrap.json', '[', /no JSON/],
    ['bootstrap.json', ['http://192.0.2.1:8000'], /no WebSocket address.*ws:\/\//],
    ['bootstrap.json', [{ node_id: ann }], /without an address/],
    ['bootstrap.json', [{ address: 'ws://192.0.2.1:8000', node_id: 'me' }], /no node id/],
    ['bootstrap.json', { nodes: [], peers: [] }, /more than one list/],
    ['bootstrap.json', { __proto__x: 'ws://192.0.2.1:8000' }, /where a node id is expected/],
    ['bootstrap.txt', 'ws://192.0.2.1:99999', /no WebSocket address/],
    ['trust.json', '{"', /no JSON/],
    ['trust.json', [1], /names no node/],
    ['trust.json', { [ann]: 'best' }, /"best" as the trust.*untrusted, unknown/],
    ['trust.json', { [ann]: 3 }, /3 as the trust/],
    ['trust.json', { bob: 'trusted' }, /"bob", which is no node id/],
    ['trust.json', { [ann]: 'trusted', [ann.toUpperCase()]: 'untrusted' }, /both trusted and untrusted/],
    ['trust.json', { nodes: {}, peers: {} }, /both nodes and peers/],
    ['trust.json', { [ann]: { level: 'trusted', address: 'ftp://x' } }, /no WebSocket address/],
  ])('are refused in %s where they are nonsense: %j', async (name, content, sentence) => {
    await write(name, content);
    expect(await imported()).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence) });
    await expect(readdir(data)).rejects.toThrow(/ENOENT/);
  });

  it.each<[string, object]>([
    ['by node', { version: 1, nodes: { [ann]: { level: 'trusted' } } }],
    ['as a list', [{ node_id: ann, trust: 'trusted' }]],
    ['by level', { trusted: [ann], untrusted: [] }],
  ])('of trust are read %s', async (_how, content) => {
    await write('trust.json', content);
    expect((await imported()).err).toBe('');
    await withRecords((records) =>
      expect(records.peers.list()).toMatchObject([{ peerId: peerIdOf(ann), trust: 'trusted' }]),
    );
  });

  it('are refused where two files name different nodes at one address', async () => {
    await write('bootstrap.json', [{ address: 'ws://192.0.2.1:8000', node_id: ann }]);
    await write('config.json', { bootstrap: [{ address: 'ws://192.0.2.1:8000', node_id: ben }] });
    expect((await imported()).err).toMatch(/name different nodes at ws:\/\/192\.0\.2\.1:8000/);
  });

  it('are cut to as many links as can be kept, and that is said', async () => {
    await write(
      'bootstrap.json',
      Array.from({ length: 40 }, (_, index) => `ws://192.0.2.${index}:8000`),
    );
    expect((await imported()).out).toContain('8 addresses are left out');
    await withRecords((records) => expect(records.settings.get().webSocketPeers).toHaveLength(32));
  });
});

describe('a hostile folder', () => {
  it('has links that are not followed, out of it or within it', async () => {
    await writeFile(join(root, 'secret'), SEED);
    await symlink(join(root, 'secret'), join(dawn, 'node.key'));
    expect(await imported()).toMatchObject({ code: 1, err: expect.stringMatching(/node\.key is a link/) });
    await rm(join(dawn, 'node.key'));
    await symlink('/etc', join(dawn, 'keys'));
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'elsewhere', 'node.key'), SEED);
    await symlink(join(root, 'elsewhere'), join(dawn, 'more'));
    await write('bootstrap.txt', 'ws://192.0.2.1:8000');
    const { out } = await imported();
    expect(out).toContain('keys is a link, and was not followed.');
    expect(out).toContain('No private key was found');
  });

  it('has files that never end, or are too large', async () => {
    await write('trust.json', Buffer.alloc(1024 * 1024 + 1, 0x20));
    expect((await imported()).err).toMatch(/trust\.json is larger than 1 MiB/);
    await rm(join(dawn, 'trust.json'));
    execFileSync('mkfifo', [join(dawn, 'node.key')]);
    expect((await imported()).err).toMatch(/node\.key is no plain file/);
  });

  it('has names and texts that would steer the terminal', async () => {
    await write('trust.json', { '\u001b[2J\u202e': 'trusted' });
    const said = await imported();
    expect(said.code).toBe(1);
    expect(said.err).not.toMatch(/[\u001b\u202e]/);
    await rm(join(dawn, 'trust.json'));
    await write('bootstrap-\u001b[2J.txt', 'nonsense');
    expect((await imported()).err).not.toContain('\u001b');
  });

  it('has more in it than a Dawn node has', async () => {
    await Promise.all(Array.from({ length: 2001 }, (_, index) => write(`x${index}`, '')));
    expect((await imported()).err).toMatch(/holds too much/);
  });

  it('has deep and empty JSON', async () => {
    await write('trust.json', '['.repeat(500_000));
    expect((await imported()).err).toMatch(/no JSON/);
    await write('trust.json', `{"__proto__": {"${ann}": "trusted"}}`);
    expect((await imported()).err).toMatch(/no node id/);
    await write('trust.json', {});
    expect(await imported()).toMatchObject({ code: 0, out: expect.stringContaining('nothing to import') });
  });

  it('is none, or holds nothing of a Dawn node', async () => {
    expect((await imported()).err).toMatch(/Nothing of a Dawn node was found/);
    await rm(dawn, { recursive: true });
    expect(await imported()).toMatchObject({ code: 1, err: expect.stringMatching(/no such file or folder/) });
  });
});
