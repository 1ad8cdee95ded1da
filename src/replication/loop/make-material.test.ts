import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStoredSyncReplica } from '../../api/parse.ts';
import { createAuthority } from '../../certificates/authority.ts';
import { credentialTiming } from '../../trust/credentials.ts';
import { look, replicaOf, worldOf } from '../decide/observed.fixture.ts';
import type { Observed } from '../observed.ts';
import { makeMaterial } from './make-material.ts';

const authority = await createAuthority({ name: 'test' });
const leafLifeMs = 90 * 86_400_000;
const timing = { leafLifeMs, credentialTiming: credentialTiming({ leafLifeMs, announceMs: 86_400_000 }) };
const parsed = parseStoredSyncReplica(replicaOf());
const volumes = [{ name: 'uploads', ordinal: 0, claim: 'uploads', pods: [] }];

/** The targets and the source volumes for which there are keys. */
const made = async (more: Partial<Observed>, isBlocked: boolean) => {
  assert.ok(parsed.ok);
  const world = worldOf({ ...more, trust: { signer: authority, bundle: authority.cert } });
  const now = { wallMs: Date.now(), monotonicMs: 0 };
  const { receivers, agents } = await makeMaterial(timing, world, parsed.spec, volumes, isBlocked, now);
  return [[...receivers.keys()], [...agents.keys()]];
};

test('keys are made for all that will be written, and of what is blocked for nothing', async () => {
  assert.deepEqual(await made({}, false), [['dr'], ['uploads']]);
  assert.deepEqual(await made({}, true), [[], []]);
});

test('what is blocked and has its keys keeps them good', async () => {
  const secrets = look(worldOf()).apply.flatMap(({ resource, object }) => (resource.kind === 'Secret' ? [object] : []));
  assert.ok(secrets.length >= 2);
  assert.deepEqual(await made({ owned: { ...worldOf().owned, secrets: secrets as never } }, true), [
    ['dr'],
    ['uploads'],
  ]);
});
