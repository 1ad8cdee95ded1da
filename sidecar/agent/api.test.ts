import assert from 'node:assert/strict';
import { get } from 'node:https';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, issueOperatorCertificate, issueServerCertificate } from '../../src/certificates/authority.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { startAgentApi } from './api.ts';

test('the API is there before its certificate is, and goes on with the last one while none can be read', async () => {
  const authority = await createAuthority({ name: 'test' });
  const server = await issueServerCertificate(authority, { names: ['agent'] });
  const operator = await issueOperatorCertificate(authority);
  const missing = (): never => {
    throw Object.assign(new Error('there is no such file'), { code: 'ENOENT' });
  };
  const whole = { ca: authority.cert, ...server };
  let read = (): typeof whole => missing();
  let looks = 0;
  const api = await startAgentApi({
    host: '127.0.0.1',
    port: 0,
    tls: () => {
      looks += 1;
      return read();
    },
    logger: silentLogger,
    allows: () => true,
    status: () => ({ source: '/data' }),
    locks: () => ({}),
    update: async () => {},
  });
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: api.port, servername: 'agent', path: '/v1/status', agent: false };
      const { cert, key } = operator;
      get({ ...options, ca: authority.cert, cert, key }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
  const lookedAgain = async (): Promise<void> => {
    for (const before = looks; looks < before + 1; ) await sleep(20);
  };
  try {
    await assert.rejects(ask());
    read = () => whole;
    await lookedAgain();
    assert.equal(await ask(), 200);
    read = missing;
    await lookedAgain();
    assert.equal(await ask(), 200, 'its Secret is gone');
    const other = await issueServerCertificate(authority, { names: ['agent'] });
    read = () => ({ ...whole, cert: other.cert });
    await lookedAgain();
    assert.equal(await ask(), 200, 'a key that is not the certificate’s');
  } finally {
    await api.close();
  }
});
