import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { nameTargets } from './name-targets.ts';
import { parseHostPort } from './parse-host-port.ts';
import { parseTargetUrl } from './parse-target-url.ts';

test('a receiver', () => {
  assert.deepEqual(parseTargetUrl('srep://backup.example.com/photos'), {
    name: undefined,
    place: {
      external: { address: 'backup.example.com', port: 8730, module: 'photos', tls: 'Mutual', allowPlaintext: false },
    },
  });
});

test('a named rsync daemon with user and port', () => {
  assert.deepEqual(parseTargetUrl('nas=rsync://me@10.0.0.2:8873/backup'), {
    name: 'nas',
    place: {
      external: {
        address: '10.0.0.2',
        port: 8873,
        module: 'backup',
        tls: 'None',
        allowPlaintext: true,
        username: 'me',
      },
    },
  });
});

test('an rsync daemon behind TLS, by IPv6', () => {
  assert.deepEqual(parseTargetUrl('rsync+tls://[::1]/backup').place.external, {
    address: '::1',
    port: 874,
    module: 'backup',
    tls: 'ServerOnly',
    allowPlaintext: false,
  });
});

test('a directory over ssh', () => {
  assert.deepEqual(parseTargetUrl('off=rsync+ssh://me@[::1]:2222/srv/my%20photos/'), {
    name: 'off',
    place: { ssh: { address: '::1', port: 2222, user: 'me', path: '/srv/my photos' } },
  });
  assert.deepEqual(parseTargetUrl('rsync+ssh://me@nas/srv').place.ssh, { address: 'nas', user: 'me', path: '/srv' });
});

const refused: readonly [string, RegExp][] = [
  ['backup', /this is no URL/],
  ['me@host:/srv/x', /name a path over ssh/],
  ['dr=host:photos', /name a path over ssh/],
  ['http://host/x', /http:\/\/ is not known/],
  ['srep:///x', /the host is missing/],
  ['srep://host', /one name of a volume/],
  ['srep://host/a/b', /one name of a volume/],
  ['srep://me@host/x', /takes the user from the certificates/],
  ['rsync://me:secret@host/x', /give --password-file FILE/],
  ['rsync+ssh://host/srv', /the user is missing/],
  ['rsync+ssh://me@host/', /the directory is missing/],
  ['rsync+ssh://me:secret@host/srv', /takes only a key/],
  ['rsync://host/x?y=1', /has no \? or #/],
];
for (const [text, message] of refused)
  test(`refuses ${text}`, () => {
    assert.throws(
      () => parseTargetUrl(text),
      (error) => error instanceof UsageFailure && message.test(error.message) && !error.message.includes('secret@'),
    );
  });

test('targets without a name are called after what they are, each differently', () => {
  assert.deepEqual(
    nameTargets([
      { name: undefined, what: 'Backup.example.com-photos' },
      { name: undefined, what: 'backup.example.com-photos' },
      { name: 'nas', what: 'x' },
      { name: undefined, what: '///' },
    ]),
    ['backup-example-com-photos', 'backup-example-com-photos-2', 'nas', 'target'],
  );
});

test('host and port', () => {
  assert.deepEqual(parseHostPort('--listen', '0.0.0.0:8730'), { host: '0.0.0.0', port: 8730 });
  assert.deepEqual(parseHostPort('--listen', '[::1]:0'), { host: '::1', port: 0 });
  assert.match(parseHostPort('--listen', ':80').host, /^(::|0\.0\.0\.0)$/);
  for (const text of ['8730', 'host', 'host:', 'host:99999', '::1:80', 'a b:1'])
    assert.throws(() => parseHostPort('--listen', text), /--listen .*: this is no address; write HOST:PORT/);
});

test('a path over ssh is answered with what to write', () => {
  assert.throws(
    () => parseTargetUrl('me@nas.lan:/srv/photos'),
    (error) =>
      error instanceof UsageFailure &&
      /write rsync\+ssh:\/\/USER@nas\.lan\/DIRECTORY .* write srep:\/\/nas\.lan\/VOLUME/.test(error.hint ?? ''),
  );
});
