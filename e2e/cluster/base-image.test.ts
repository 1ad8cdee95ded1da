import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseImagesOf } from './base-image.ts';

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ['one stage', 'FROM node:26-bookworm-slim\nRUN true', ['node:26-bookworm-slim']],
  ['stages on each other', 'FROM a/b:1 AS build\nFROM scratch AS x\nCOPY --from=build / /\nFROM x AS y\n', ['a/b:1']],
  ['an argument', 'ARG BASE=a/b:2\nFROM $'.concat('{BASE} AS one\nFROM $BASE\n'), ['a/b:2']],
  ['a platform', 'FROM --platform=linux/amd64 a/b:3 as one\nFROM ONE\n', ['a/b:3']],
];

for (const [what, dockerfile, expected] of cases) {
  test(`the base images of a Dockerfile: ${what}`, () => assert.deepEqual(baseImagesOf(dockerfile), expected));
}
