import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
// @ts-expect-error: it says nothing of its types
import { lauxlib, lua, lualib, to_luastring } from 'fengari';
import {
  agentOf,
  look,
  managed,
  now,
  podOf,
  replicaOf,
  reportOf,
  setOf,
  wellWorld,
} from '../decide/observed.fixture.ts';
import type { Observed } from '../observed.ts';

const script = readFileSync(new URL('../../../charts/syncreplica/files/argocd-health.lua', import.meta.url), 'utf8');

/** A value as a Lua expression. */
const literal = (value: unknown): string => {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return `{${value.map(literal).join(',')}}`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, item]) => `[${JSON.stringify(key)}]=${literal(item)}`)
      .join(',')}}`;
  return typeof value === 'string' ? `[==[${value}]==]` : String(value);
};

/** What Argo CD would show of the status that the operator decides on in this world. */
const healthOf = (observed: Observed, more: object = {}): string => {
  const { metadata, spec } = observed.replica;
  const { generation } = metadata;
  const status = { observedGeneration: generation, ...look(observed).status };
  const object = { metadata: { ...metadata, deletionTimestamp: undefined, generation }, spec, status, ...more };
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const code = `obj = ${literal(JSON.parse(JSON.stringify(object)))}\nlocal health = (function()\n${script}\nend)()\nreturn health.status .. "|" .. health.message`;
  if (lauxlib.luaL_dostring(state, to_luastring(code)) !== lua.LUA_OK)
    throw new Error(String(lua.lua_tojsstring(state, -1)));
  return String(lua.lua_tojsstring(state, -1));
};
/** Agents run what the operator told them last. */
const generation = look(wellWorld()).settings.get('uploads')?.generation ?? 0;
const seen = (over: object): Partial<Observed> => ({
  agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', over)], { generation }) }]]),
});
const { owned } = wellWorld();
const told = { metadata: { name: 'told', annotations: { 'syncreplica.io/volumes': '{"uploads":0}' } } };
const noObjects = Object.fromEntries(Object.keys(owned).map((kind) => [kind, []])) as never;
const held = { id: 'x', reason: 'TooMany', count: 9, samples: [], since: 0 } as const;

const table: readonly [string, () => string, RegExp][] = [
  ['all is well', () => healthOf(wellWorld(seen({}))), /^Healthy\|/],
  ['no pods', () => healthOf(wellWorld({ pods: [], agents: new Map() })), /^Healthy\|.*no pod/],
  [
    'its claim comes in a later wave',
    () => healthOf(wellWorld({ claims: [], pods: [], agents: new Map(), owned: noObjects })),
    /^Healthy\|the claim uploads doesn't exist/,
  ],
  [
    'its claim is lost',
    () => healthOf(wellWorld({ claims: [], owned: { ...owned, secrets: [told] } })),
    /^Progressing\|the claim uploads doesn't exist/,
  ],
  ['paused', () => healthOf(wellWorld({ replica: replicaOf({ paused: true }) })), /^Suspended\|nothing is sent/],
  [
    'one target is paused',
    () =>
      healthOf(
        wellWorld({
          replica: replicaOf({ targets: [{ ...managed('dr'), paused: true }] }),
          ...seen({ link: 'Paused' }),
        }),
      ),
    /^(Suspended\|nothing is sent to dr|Progressing)/,
  ],
  ['deletions are held', () => healthOf(wellWorld(seen({ heldDeletes: held }))), /^Suspended\|/],
  [
    'a person has to change something',
    () => healthOf(wellWorld({ replica: replicaOf({ targets: [managed('dr', { access: 'Elevated' })] }) })),
    /^Degraded\|.*Elevated/,
  ],
  [
    'the target has no room',
    () => healthOf(wellWorld(seen({ lastError: { reason: 'TargetFull', message: 'no room', at: 1 } }))),
    /^Degraded\|.*no room/,
  ],
  [
    'receivers start',
    () => healthOf(wellWorld({ owned: { ...owned, statefulSets: [setOf('dr', 0)] } })),
    /^Progressing\|/,
  ],
  [
    'a pod has no agent yet',
    () => healthOf(wellWorld({ pods: [podOf('web-a', 'uploads', { injected: false })], missingSidecars: ['web-a'] })),
    /^Progressing\|/,
  ],
  [
    'nobody has looked',
    () => healthOf(wellWorld(), { status: undefined }),
    /^Progressing\|the operator has not looked/,
  ],
  [
    'an edit is under way',
    () => healthOf(wellWorld(), { metadata: { name: 'uploads', generation: 99 } }),
    /^Progressing\|/,
  ],
  [
    'it is being deleted',
    () => healthOf(wellWorld(), { metadata: { name: 'uploads', deletionTimestamp: 'now' } }),
    /^Progressing\|is being deleted/,
  ],
];
for (const [what, health, expected] of table)
  test(`Argo CD: ${what}`, () => {
    assert.match(health(), expected);
  });
