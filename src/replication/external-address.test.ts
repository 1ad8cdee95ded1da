import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseAddress } from './external-address.ts';

const apiServer = '10.96.0.1';

test('without a list everything goes but a node’s and the cluster’s own', () => {
  const may = (address: string): boolean => refuseAddress(address, { allow: [], apiServer }) === undefined;
  for (const address of [
    'backup.example.com',
    '192.0.2.7',
    '10.0.0.7',
    '2001:db8::7',
    'nas',
    'uploads-dr.other.svc',
    'a1.b2',
  ])
    assert.equal(may(address), true, address);
  for (const address of [
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    'localhost',
    'LocalHost.',
    'a.localhost',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'metadata.google.internal',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    apiServer,
  ])
    assert.equal(may(address), false, address);
});

test('with a list only what is on it, be it what it may', () => {
  const allow = ['192.0.2.0/24', '127.0.0.1', 'backup.example.com', '*.dr.example.com'];
  const may = (address: string): boolean => refuseAddress(address, { allow, apiServer }) === undefined;
  for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '127.0.0.1', 'Backup.example.com', 'a.dr.example.com'])
    assert.equal(may(address), true, address);
  for (const address of [
    '192.0.3.7',
    '127.0.0.2',
    'example.com',
    'dr.example.com',
    'xdr.example.com',
    'evil.com',
    '2001:db8::7',
  ])
    assert.equal(may(address), false, address);
});
