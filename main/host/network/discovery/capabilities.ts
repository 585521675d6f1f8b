import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import type { Capability } from '../../../../shared/registry.ts';

/**
 * The key under which a capability stands in the distributed table: the SHA-256 of its kind and name. Names of tools
 * count as they are written, as MCP has it; tags are words, so their case does not.
 */
export async function keyOfCapability({ kind, name }: Capability): Promise<CID> {
  const spelt = kind === 'tag' ? name.normalize('NFC').toLowerCase() : name;
  const text = `gatehouse/capability/1/${kind}/${spelt}`;
  return CID.createV1(raw.code, await sha256.digest(new TextEncoder().encode(text)));
}
