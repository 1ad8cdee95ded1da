import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

/** As the packages and images of both have it. */
const users = { nginx: 'www-data', php: 'node' };
const startWithinMs = 60_000;

const nginxSettings = (scratch: string, directory: string): string => `
daemon off;
user ${users.nginx};
worker_processes 2;
pid ${scratch}/nginx.pid;
error_log ${scratch}/error.log;
events {}
http {
  access_log off;
  client_max_body_size 10m;
  client_body_buffer_size 8k;
  client_body_temp_path ${directory}/pieces 1;
  server {
    listen unix:${scratch}/nginx.socket;
    location /files/ { alias ${directory}/files/; dav_methods PUT DELETE MOVE; create_full_put_path on; dav_access user:rw group:r; }
    location / {
      fastcgi_pass unix:${scratch}/php.socket;
      fastcgi_param SCRIPT_FILENAME ${scratch}/upload.php;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
    }
  }
}
`;

const phpSettings = (scratch: string, directory: string): string => `
[global]
daemonize = no
error_log = ${scratch}/php.log
[www]
user = ${users.php}
group = ${users.php}
listen = ${scratch}/php.socket
listen.owner = ${users.nginx}
pm = static
pm.max_children = 2
php_admin_value[upload_tmp_dir] = ${directory}/php
php_admin_value[upload_max_filesize] = 10M
php_admin_value[post_max_size] = 10M
`;

/** Keeps an upload by what is in it, and a smaller picture beside. */
const script = (directory: string): string => `<?php
$content = $_FILES['photo']['tmp_name'];
$month = '${directory}/media/2026-' . rand(1, 12);
if (!is_dir($month)) mkdir($month, 0775);
$kept = $month . '/' . sha1_file($content) . '.jpg';
if (!move_uploaded_file($content, $kept)) { http_response_code(500); exit; }
chmod($kept, 0640);
file_put_contents($kept . '-150.jpg', random_bytes(2000));
echo $kept;
`;

/** nginx takes uploads in pieces as one user, PHP keeps them as another; and nginx keeps files that are put to it. */
export const webUploadsProgram: Program = {
  name: 'web-uploads',
  expects: 'Each upload is whole under its final name and belongs to who kept it; nothing of the pieces stays.',
  missing() {
    const lacking = ['nginx', 'php-fpm'].filter((name) => !isInstalled(name));
    if (lacking.length > 0) return `${lacking.join(', ')} not installed`;
    return process.getuid?.() === 0 ? undefined : 'two users need root';
  },
  async run({ directory, random, rounds, signal }) {
    const scratch = fs.mkdtempSync(join(tmpdir(), 'web-'));
    fs.chmodSync(scratch, 0o755);
    for (const [name, user] of [
      ['pieces', users.nginx],
      ['files', users.nginx],
      ['php', users.php],
      ['media', users.php],
    ] as const) {
      fs.mkdirSync(join(directory, name), { recursive: true });
      execFileSync('chown', [`${user}:${user}`, join(directory, name)]);
    }
    fs.writeFileSync(join(scratch, 'nginx.conf'), nginxSettings(scratch, directory));
    fs.writeFileSync(join(scratch, 'php.conf'), phpSettings(scratch, directory));
    fs.writeFileSync(join(scratch, 'upload.php'), script(directory));
    const servers = [
      spawn('php-fpm', ['-y', join(scratch, 'php.conf')], { stdio: 'inherit' }),
      spawn('nginx', ['-c', join(scratch, 'nginx.conf')], { stdio: 'inherit' }),
    ];
    const ended = servers.map((server) => once(server, 'exit'));
    const socketPath = join(scratch, 'nginx.socket');
    try {
      await untilThere([socketPath, join(scratch, 'php.socket')]);
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
        const photos = Array.from({ length: 4 }, () => random.bytes(10_000 + random.below(200_000)));
        await Promise.all(photos.map((photo) => upload(socketPath, photo)));
        const put = random.bytes(20_000);
        const name = `/files/${random.below(4)}/${createHash('sha1').update(put).digest('hex')}`;
        await ask(socketPath, 'PUT', name, {}, put);
        if (random.below(3) === 0) await ask(socketPath, 'DELETE', name, {}, Buffer.alloc(0));
      }
    } finally {
      for (const server of servers) server.kill('SIGQUIT');
      await Promise.all(ended);
      fs.rmSync(scratch, { recursive: true });
    }
  },
  check(copy) {
    for (const directory of ['media', 'files']) {
      const entries = fs.readdirSync(join(copy, directory), { recursive: true, withFileTypes: true });
      for (const entry of entries) {
        const [, hash] = /^([0-9a-f]{40})(?:\.jpg)?$/.exec(entry.name) ?? [];
        if (hash === undefined) continue;
        const content = fs.readFileSync(join(entry.parentPath, entry.name));
        if (createHash('sha1').update(content).digest('hex') !== hash)
          throw new Error(`check uploads: ${entry.name} is not whole`);
      }
    }
    const owners = ['media', 'files'].map((directory) => fs.statSync(join(copy, directory)).uid);
    if (owners[0] === owners[1]) throw new Error(`check uploads: all belongs to ${owners[0]}`);
    const pieces = ['pieces', 'php'].flatMap((directory) =>
      fs.readdirSync(join(copy, directory), { recursive: true, withFileTypes: true }),
    );
    const left = pieces.filter((entry) => entry.isFile());
    if (left.length > 0) throw new Error(`check uploads: ${left.length} pieces are left`);
  },
};

async function untilThere(paths: readonly string[]): Promise<void> {
  for (const until = performance.now() + startWithinMs; !paths.every((path) => fs.existsSync(path)); await sleep(50))
    if (performance.now() > until) throw new Error(`start nginx and PHP: no ${paths.join(', ')}`);
}

async function upload(socketPath: string, photo: Buffer): Promise<void> {
  const border = '----------piece';
  const head = `--${border}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), photo, Buffer.from(`\r\n--${border}--\r\n`)]);
  await ask(socketPath, 'POST', '/upload.php', { 'content-type': `multipart/form-data; boundary=${border}` }, body);
}

/** Sends the body in two pieces. @throws where the answer is no success */
function ask(
  socketPath: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, method, path, headers: { ...headers, 'content-length': body.length } },
      (answer) => {
        answer.resume().on('end', () => {
          if ((answer.statusCode ?? 500) < 300) resolve();
          else reject(new Error(`ask nginx to ${method} ${path}: ${answer.statusCode}`));
        });
      },
    );
    asked.on('error', reject);
    const half = body.length >> 1;
    asked.write(body.subarray(0, half));
    setTimeout(() => asked.end(body.subarray(half)), 5);
  });
}
