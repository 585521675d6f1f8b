import type { KeyObject } from 'node:crypto';
import { signingKey } from '../../identity/index.ts';
import type { Identity } from '../../identity/index.ts';

/** What we sign with, and our name on this wire. */
export interface OwnKey {
  readonly nodeId: string;
  readonly key: KeyObject;
}

export const ownKeyOf = (identity: Identity): OwnKey => ({
  nodeId: identity.dawnNodeId,
  key: signingKey(identity.privateKey),
});
