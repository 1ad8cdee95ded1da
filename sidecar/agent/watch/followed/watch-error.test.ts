import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errnoOf } from '../../../../src/process/system/libc.ts';
import { classifyWatchErrno } from './watch-error.ts';

/** What is taken for gone is forgotten without a word: so it has to be nothing but what surely went. */
const problems = {
  gone: ['ENOENT', 'ENOTDIR', 'ELOOP'],
  'watch-limit': ['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM'],
  unreadable: ['EACCES', 'EPERM', 'EIO', 'ESTALE', 'EINTR', 'ETIMEDOUT', 'ENAMETOOLONG'],
} as const;

for (const [problem, names] of Object.entries(problems))
  test(`a directory that can not be watched is ${problem} by ${names.join(', ')}`, () => {
    for (const name of names) assert.equal(classifyWatchErrno(errnoOf(name)), problem, name);
  });
