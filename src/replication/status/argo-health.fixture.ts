import { readFileSync } from 'node:fs';
// @ts-expect-error: it says nothing of its types
import { lauxlib, lua, lualib, to_luastring } from 'fengari';

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

/** What Argo CD shows of an object: `Status|message`. */
export const argoHealthOf = (object: object): string => {
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const code = `obj = ${literal(JSON.parse(JSON.stringify(object)))}\nlocal health = (function()\n${script}\nend)()\nreturn health.status .. "|" .. health.message`;
  if (lauxlib.luaL_dostring(state, to_luastring(code)) !== lua.LUA_OK)
    throw new Error(String(lua.lua_tojsstring(state, -1)));
  return String(lua.lua_tojsstring(state, -1));
};
