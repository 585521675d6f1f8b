import { describe, expect, it } from 'vitest';
import { signText, type Identity } from '../../../../../main/host/identity/index.ts';
import {
  announce,
  AnnouncementError,
  readAnnouncement,
  tombstone,
} from '../../../../../main/host/registry/announcement.ts';
import { AgentName } from '../../../../../shared/ids.ts';
import { ANNOUNCEMENT_LIFETIME_MS, MAX_ANNOUNCEMENT_BYTES } from '../../../../../shared/wire.ts';
import { newIdentity } from '../../../../integration/network-fixture.ts';

const NOW = 1_800_000_000_000;
const agent = AgentName.parse('weather');
const weather = {
  agent,
  description: 'Knows the sky.',
  version: '1.2.0',
  tools: ['forecast'],
  tags: ['sky'],
};
const issue = { sequence: 7, now: NOW };
const me = await newIdentity();
const somebody = await newIdentity();

const codeOf = (text: string, now = NOW): string => {
  try {
    readAnnouncement(text, now);
    return 'read';
  } catch (error) {
    if (!(error instanceof AnnouncementError)) throw error;
    return error.code;
  }
};

const payload = (change: object = {}, identity: Identity = me): object => ({
  v: 1,
  peerId: identity.peerId,
  agent,
  sequence: 1,
  issued: NOW,
  expires: NOW + 1000,
  description: '',
  version: '1',
  tools: [],
  tags: [],
  ...change,
});
const TYPE = 'gatehouse-announcement+jws';

describe('an announcement', () => {
  it('says what the agent is, for half an hour', () => {
    expect(readAnnouncement(announce(weather, issue, me), NOW)).toStrictEqual({
      v: 1,
      peerId: me.peerId,
      ...weather,
      gone: false,
      sequence: 7,
      issued: NOW,
      expires: NOW + ANNOUNCEMENT_LIFETIME_MS,
    });
  });

  it('is taken back by a tombstone', () => {
    expect(readAnnouncement(tombstone(agent, issue, me), NOW)).toMatchObject({
      agent,
      gone: true,
      sequence: 7,
    });
  });

  it('names as many tools as fit, and says how many are left out', () => {
    const tools = Array.from({ length: 150 }, (_, at) => `${'a'.repeat(120)}${at}`);
    const description = 'ä'.repeat(4000);
    const text = announce({ ...weather, tools, description }, issue, me);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_ANNOUNCEMENT_BYTES);
    const said = readAnnouncement(text, NOW);
    if (said.gone) throw new Error('It is not gone.');
    expect(said.tools.length).toBeGreaterThan(20);
    expect(said.tools.length + (said.more ?? 0)).toBe(150);
    expect(said.description).toHaveLength(300);
  });

  it('fits even where every text is as long as it may be', () => {
    const wide = '💣'.repeat(500);
    const tags = Array.from({ length: 16 }, () => wide);
    const text = announce({ ...weather, description: wide, version: wide, tags, tools: [wide] }, issue, me);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_ANNOUNCEMENT_BYTES);
    expect(codeOf(text)).toBe('read');
  });

  it('is refused when a letter of it was changed', () => {
    const [header, body, signature] = announce(weather, issue, me).split('.');
    const changed = Buffer.from(
      Buffer.from(body ?? '', 'base64url')
        .toString()
        .replace('sky', 'sea'),
    );
    expect(codeOf(`${header}.${changed.toString('base64url')}.${signature}`)).toBe('BAD_SIGNATURE');
  });

  it('is refused when it speaks of another peer than the one that signed it', () => {
    expect(codeOf(signText(payload({}, somebody), TYPE, me))).toBe('WRONG_PEER');
  });

  it('is refused when it was signed as something else', () => {
    expect(codeOf(signText(payload(), 'JOSE', me))).toBe('NOT_AN_ANNOUNCEMENT');
    expect(codeOf(signText(payload(), TYPE, me))).toBe('read');
  });

  it.each([
    ['nothing', ''],
    ['a text', 'hello'],
    ['two parts', 'a.b'],
    ['four parts', 'a.b.c.d'],
    ['a header that is no JSON', `${Buffer.from('x').toString('base64url')}.e30.AA`],
  ])('is refused when it is %s', (_, text) => {
    expect(codeOf(text)).toBe('NOT_AN_ANNOUNCEMENT');
  });

  it('is refused when its header demands more', () => {
    const [header, body, signature] = signText(payload(), TYPE, me).split('.');
    const fields: object = JSON.parse(Buffer.from(header ?? '', 'base64url').toString());
    const more = Buffer.from(JSON.stringify({ ...fields, crit: ['b64'] })).toString('base64url');
    expect(codeOf(`${more}.${body}.${signature}`)).toBe('NOT_AN_ANNOUNCEMENT');
  });

  it('has one spelling only', () => {
    const text = announce(weather, issue, me);
    expect(codeOf(`${text}=`)).toBe('NOT_AN_ANNOUNCEMENT');
    expect(codeOf(`${text}\n`)).toBe('NOT_AN_ANNOUNCEMENT');
  });

  it('is refused when it is too long', () => {
    const text = signText(payload({ more: 1, extra: 'x'.repeat(MAX_ANNOUNCEMENT_BYTES) }), TYPE, me);
    expect(codeOf(text)).toBe('TOO_LARGE');
  });

  it('is refused when a field makes no sense', () => {
    expect(codeOf(signText(payload({ agent: '../x' }), TYPE, me))).toBe('NOT_AN_ANNOUNCEMENT');
    expect(codeOf(signText(payload({ sequence: -1 }), TYPE, me))).toBe('NOT_AN_ANNOUNCEMENT');
    expect(codeOf(signText(payload({ tools: ['x'.repeat(257)] }), TYPE, me))).toBe('NOT_AN_ANNOUNCEMENT');
  });

  it('counts only in its time', () => {
    const text = announce(weather, issue, me);
    expect(codeOf(text, NOW + ANNOUNCEMENT_LIFETIME_MS - 1)).toBe('read');
    expect(codeOf(text, NOW + ANNOUNCEMENT_LIFETIME_MS)).toBe('WRONG_TIME');
    // Clocks may be five minutes apart, and no more.
    expect(codeOf(text, NOW - 5 * 60_000)).toBe('read');
    expect(codeOf(text, NOW - 5 * 60_000 - 1)).toBe('WRONG_TIME');
  });
});
