import { Settings, type SettingKey } from '../../shared/settings.ts';
import { isAbsolute } from 'node:path';
import { ADDRESS_SETTINGS, isAddressFor, type AddressSetting } from './setting-addresses.ts';

/** How the text of a variable becomes the value of its setting. */
export interface SettingVariable {
  readonly key: SettingKey;
  /** All its names. Where several are set, they must say the same. */
  readonly names: readonly string[];
  /** What it takes, in words that follow "must be". */
  readonly allowed: string;
  /** The value, or undefined where the text means nothing. Still to be parsed by the schema of the setting. */
  readonly read: (text: string) => unknown;
}

/** The names that the Python predecessor used. */
const EARLIER_NAMES: Partial<Record<SettingKey, string>> = {
  transport: 'TRANSPORT_TYPE',
  bootstrap: 'LIBP2P_BOOTSTRAP_PEERS',
  mdns: 'LIBP2P_MDNS_ENABLED',
  dht: 'LIBP2P_DHT_ENABLED',
};

/** Variables that begin alike, and are no settings. */
const OTHER_NAMES = [
  'GATEHOUSE_DATA',
  'GATEHOUSE_NODE',
  'GATEHOUSE_PROGRAM',
  'GATEHOUSE_CHROMIUM',
  'GATEHOUSE_PICTURES',
  'GATEHOUSE_AGENT_RUN',
];

const variable = (key: SettingKey, allowed: string, read: (text: string) => unknown): SettingVariable => {
  const earlier = EARLIER_NAMES[key];
  const words = key.replace('webSocket', 'websocket').replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
  const name = `GATEHOUSE_${words.toUpperCase()}`;
  return { key, names: earlier === undefined ? [name] : [earlier, name], allowed, read };
};

/**
 * The predecessor's: whether libp2p is used. By itself it chooses the transport, libp2p or WebSocket; beside a variable
 * that names the transport it must not say otherwise.
 */
export const LIBP2P_ENABLED = {
  name: 'LIBP2P_ENABLED',
  allowed: 'true, false, 1, 0, yes, no, on or off',
  read: (text: string): boolean | undefined => WORDS.get(text.toLowerCase()),
} as const;

const WORDS = new Map([
  ...['true', '1', 'yes', 'on'].map((word): [string, boolean] => [word, true]),
  ...['false', '0', 'no', 'off'].map((word): [string, boolean] => [word, false]),
]);
const yesOrNo = (key: SettingKey): SettingVariable =>
  variable(key, 'true, false, 1, 0, yes, no, on or off', (text) => WORDS.get(text.toLowerCase()));

const oneOf = (key: SettingKey, { options }: { readonly options: readonly string[] }): SettingVariable =>
  variable(key, options.join(', ').replace(/, ([^,]*)$/, ' or $1'), (text) =>
    options.find((option) => option === text.toLowerCase()),
  );

const wholeNumber = (
  key: SettingKey,
  { minValue, maxValue }: { readonly minValue: number | null; readonly maxValue: number | null },
): SettingVariable =>
  variable(key, `a whole number from ${minValue ?? 0} to ${maxValue ?? Number.MAX_SAFE_INTEGER}`, (text) =>
    /^\d{1,10}$/.test(text) ? Number(text) : undefined,
  );

const addresses = (key: AddressSetting, most: number): SettingVariable =>
  variable(key, `${ADDRESS_SETTINGS[key]}; ${most} at most, with commas or spaces between`, (text) => {
    const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
    return entries.length <= most && entries.every((entry) => isAddressFor(key, entry)) ? entries : undefined;
  });

const { shape } = Settings;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Such as `mon,tue 22:00-07:00 refuse`. */
function readHours(text: string): unknown {
  if (text.toLowerCase() === 'none') return null;
  const [, days = '', from, to, refuse] =
    /^([a-z,]+)\s+(\d\d:\d\d)-(\d\d:\d\d)(\s+refuse)?$/i.exec(text) ?? [];
  if (from === undefined) return undefined;
  const named = days.toLowerCase().split(',');
  const chosen =
    days.toLowerCase() === 'daily' ? DAYS.map((_, day) => day) : named.map((day) => DAYS.indexOf(day));
  return chosen.includes(-1) ? undefined : { days: chosen, from, to, refuse: refuse !== undefined };
}

/** Such as `calls=1000,seconds=600`. */
function readBudget(text: string): unknown {
  if (text.toLowerCase() === 'none') return null;
  const budget: Record<string, number | null> = { calls: null, bytes: null, seconds: null };
  for (const part of text.split(/[\s,]+/)) {
    const [, name = '', amount = ''] = /^(calls|bytes|seconds)=(\d{1,13})$/.exec(part) ?? [];
    if (name === '') return undefined;
    budget[name] = Number(amount);
  }
  return budget;
}

function readTime(text: string): unknown {
  if (text.toLowerCase() === 'none') return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

const certificate: SettingVariable = variable(
  'webSocketTls',
  'the absolute paths of a certificate and of its key, in PEM, with a comma between, or none',
  (text) => {
    if (text.toLowerCase() === 'none') return null;
    const [first = '', second = '', ...more] = text.split(',').map((path) => path.trim());
    return more.length === 0 && isAbsolute(first) && isAbsolute(second)
      ? { certificate: first, key: second }
      : undefined;
  },
);
const byKey: Readonly<Record<SettingKey, SettingVariable>> = {
  name: variable('name', 'a name of 1 to 60 characters', (text) => text),
  transport: oneOf('transport', shape.transport),
  webSocketListen: addresses('webSocketListen', 8),
  webSocketTls: certificate,
  webSocketPeers: addresses('webSocketPeers', 32),
  mdns: yesOrNo('mdns'),
  dht: yesOrNo('dht'),
  gossip: yesOrNo('gossip'),
  bootstrap: addresses('bootstrap', 32),
  upnp: yesOrNo('upnp'),
  relays: yesOrNo('relays'),
  stun: addresses('stun', 8),
  listen: addresses('listen', 16),
  announce: addresses('announce', 16),
  approvalSeconds: wholeNumber('approvalSeconds', shape.approvalSeconds),
  executionSeconds: wholeNumber('executionSeconds', shape.executionSeconds),
  trustedMayRead: yesOrNo('trustedMayRead'),
  undoSeconds: wholeNumber('undoSeconds', shape.undoSeconds),
  questionsPerPeer: wholeNumber('questionsPerPeer', shape.questionsPerPeer),
  quietHours: variable(
    'quietHours',
    'like daily 22:00-07:00, or mon,tue 22:00-07:00 refuse, or none',
    readHours,
  ),
  doNotDisturbUntil: variable('doNotDisturbUntil', 'a time like 2026-12-24T18:00:00, or none', readTime),
  budget: variable('budget', 'like calls=1000,bytes=50000000,seconds=600, or none', readBudget),
  bodies: oneOf('bodies', shape.bodies),
  keepDays: wholeNumber('keepDays', shape.keepDays),
  keepMebibytes: variable('keepMebibytes', 'a whole number from 10 to 1048576, or none', (text) =>
    text.toLowerCase() === 'none' ? null : /^\d{1,10}$/.test(text) ? Number(text) : undefined,
  ),
  theme: oneOf('theme', shape.theme),
};

/** One for each setting. */
export const SETTING_VARIABLES: readonly SettingVariable[] = Object.values(byKey);

/** Every name that means something. */
export const KNOWN_NAMES: ReadonlySet<string> = new Set([
  ...OTHER_NAMES,
  LIBP2P_ENABLED.name,
  ...SETTING_VARIABLES.flatMap(({ names }) => names),
]);
