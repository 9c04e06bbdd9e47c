// WebDownload against a real HTTP server, with curl and with wget.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newCertificate } from './certificate.ts';
import { newFolder, readInputs, runScript, scriptOf } from './module-run.ts';

const body = Buffer.from([...Array(5000).keys()].map((number) => number % 256));
const hash = (algorithm: string) => createHash(algorithm).update(body).digest('hex');

/** How often each address may fail before it answers; asked is what was asked for. */
async function serve(answer: RequestListener, secure = false): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  };
  const server: Server = secure ? createSecureServer(newCertificate(), listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http${secure ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const site: RequestListener = (request, response) => {
  const path = request.url ?? '';
  if (path.startsWith('/moved')) response.writeHead(302, { location: '/there?x=1' }).end();
  else if (path.startsWith('/none')) response.writeHead(404).end('no such page');
  else if (path.startsWith('/empty')) response.writeHead(204).end();
  else response.writeHead(200).end(body);
};

/** Runs WebDownload with one of the two programs only; pauses are written down, not waited for. */
async function download(folder: string, inputs: object[], tool: 'curl' | 'wget' | 'neither' = 'curl') {
  const bin = join(newFolder(), 'bin');
  mkdirSync(bin);
  const tools = [
    'chmod',
    'chown',
    'cat',
    'md5sum',
    'mkdir',
    'mktemp',
    'mv',
    'readlink',
    'rm',
    'sha1sum',
    'sha256sum',
    'sha512sum',
  ];
  for (const name of [...tools, ...(tool === 'neither' ? [] : [tool])])
    symlinkSync(`/usr/bin/${name}`, join(bin, name));
  writeFileSync(join(bin, 'sleep'), `#!/bin/bash\necho "$1" >>'${bin}/pauses'\n`);
  chmodSync(join(bin, 'sleep'), 0o755);
  const run = await runScript(folder, scriptOf('WebDownload', inputs), { PATH: bin });
  const pauses = existsSync(join(bin, 'pauses')) ? readFileSync(join(bin, 'pauses'), 'utf8').trim().split('\n') : [];
  return { ...run, pauses };
}

test.each(['curl', 'wget'] as const)(
  'with %s: files and folders as destination, redirects, checksums, and the output',
  async (tool) => {
    const { url } = await serve(site);
    const folder = newFolder();
    const { code, stderr, output } = await download(
      folder,
      [
        { source: `${url}/a.zip`, destination: './new/deep/b.zip' },
        { source: `${url}/dir/c%20d%C3%A9.zip?e=/f#g`, destination: `${folder}/into it/` },
        { source: `${url}/moved`, destination: 'moved', checksum: hash('sha256').toUpperCase(), algorithm: 'sha256' },
        { source: `${url}/x`, destination: 'md5', checksum: hash('md5'), algorithm: 'MD5' },
        { source: `${url}/x`, destination: 'sha1', checksum: hash('sha1'), algorithm: 'SHA1' },
        { source: `${url}/x`, destination: '$(touch pwned) "\'\n', checksum: hash('sha512'), algorithm: 'SHA512' },
      ],
      tool,
    );
    expect([code, stderr]).toEqual([0, '']);
    const paths = ['new/deep/b.zip', 'into it/c dé.zip', 'moved', 'md5', 'sha1', '$(touch pwned) "\'\n'];
    expect(output('destination')).toBe(paths.map((path) => join(folder, path)).join('\n'));
    for (const path of paths) expect(readFileSync(join(folder, path))).toEqual(body);
    expect(statSync(join(folder, 'moved')).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder).toSorted()).toEqual(['$(touch pwned) "\'\n', 'into it', 'md5', 'moved', 'new', 'sha1']);
  },
);

test.each(['curl', 'wget'] as const)(
  'with %s: five tries with 1, 2, 4 and 8 seconds between them; the fifth may succeed',
  async (tool) => {
    let left = 4;
    const { url, asked } = await serve((_request, response) => {
      left -= 1;
      if (left >= 0) response.writeHead(left % 2 === 0 ? 503 : 404).end('x'.repeat(9000));
      else response.writeHead(200).end(body);
    });
    const folder = newFolder();
    const { code, pauses, stderr } = await download(folder, [{ source: `${url}/a`, destination: 'a' }], tool);
    expect([code, pauses, asked.length]).toEqual([0, ['1', '2', '4', '8'], 5]);
    expect(stderr).toContain(`${url}/a: the final HTTP status is 404, not 200; next try in 1 s\n`);
    expect(readFileSync(join(folder, 'a'))).toEqual(body);
  },
);

test.each(['curl', 'wget'] as const)(
  'with %s: a final status but 200 fails after five tries and leaves nothing',
  async (tool) => {
    const { url, asked } = await serve(site);
    for (const [path, status] of [
      ['none', 404],
      ['empty', 204],
    ]) {
      const folder = newFolder();
      const { code, stderr } = await download(folder, [{ source: `${url}/${path}`, destination: 'a' }], tool);
      expect(code).toBe(1);
      expect(stderr.trimEnd().split('\n').at(-1)).toBe(
        `WebDownload: cannot download ${url}/${path} to ${folder}/a: the final HTTP status is ${status}, not 200; 5 tries`,
      );
      expect(readdirSync(folder)).toEqual([]);
    }
    expect(asked).toHaveLength(10);
  },
);

test('a server that cannot be reached fails with what curl says', async () => {
  const folder = newFolder();
  const { code, stderr } = await download(folder, [{ source: 'http://127.0.0.1:1/a', destination: 'a' }]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /cannot download http:\/\/127\.0\.0\.1:1\/a to .+\/a: curl: \(7\) Failed to connect .+; 5 tries\n$/,
  );
});

test('an answer that ends too early is tried again', async () => {
  let left = 1;
  const { url, asked } = await serve((_request, response) => {
    left -= 1;
    if (left < 0) return response.writeHead(200).end(body);
    response.writeHead(200, { 'content-length': String(body.length + 9) });
    return response.write(body, () => response.destroy());
  });
  const folder = newFolder();
  const { code } = await download(folder, [{ source: `${url}/a`, destination: 'a' }]);
  expect([code, asked.length, readFileSync(join(folder, 'a')).equals(body)]).toEqual([0, 2, true]);
});

test('an existing file: replaced with its permissions and links, kept when its checksum fits, refused with overwrite false', async () => {
  const { url, asked } = await serve(site);
  const folder = newFolder();
  writeFileSync(join(folder, 'old'), 'old', { mode: 0o750 });
  symlinkSync('old', join(folder, 'link'));
  const checked = { source: `${url}/a`, destination: 'link', checksum: hash('sha1'), algorithm: 'SHA1' };
  const first = await download(folder, [checked]);
  expect([
    first.code,
    readFileSync(join(folder, 'old')).equals(body),
    statSync(join(folder, 'old')).mode & 0o777,
  ]).toEqual([0, true, 0o750]);
  const second = await download(folder, [checked]);
  expect([second.code, asked.length, second.output('destination')]).toEqual([0, 1, `${folder}/link`]);
  const third = await download(folder, [{ ...checked, overwrite: false }]);
  expect([third.code, third.stderr]).toEqual([
    1,
    `WebDownload: cannot download ${url}/a to ${folder}/link: it exists already, and "overwrite" is false\n`,
  ]);
});

test('a checksum that does not fit fails with both, and leaves what was there', async () => {
  const { url } = await serve(site);
  const folder = newFolder();
  writeFileSync(join(folder, 'a'), 'old');
  const { code, stderr } = await download(folder, [
    { source: `${url}/a`, destination: 'a', checksum: 'beef', algorithm: 'MD5' },
  ]);
  expect([code, stderr]).toEqual([
    1,
    `WebDownload: cannot download ${url}/a to ${folder}/a: what came has the MD5 ${hash('md5')}, the input "checksum" is beef\n`,
  ]);
  expect([readFileSync(join(folder, 'a'), 'utf8'), readdirSync(folder)]).toEqual(['old', ['a']]);
});

test.each(['curl', 'wget'] as const)(
  'with %s: a certificate that is not trusted fails, unless its errors are ignored',
  async (tool) => {
    const { url } = await serve(site, true);
    const folder = newFolder();
    const refused = await download(folder, [{ source: `${url}/a`, destination: 'a' }], tool);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/certificate/i);
    const taken = await download(
      folder,
      [{ source: `${url}/a`, destination: 'a', ignoreCertificateErrors: 'true' }],
      tool,
    );
    expect([taken.code, readFileSync(join(folder, 'a')).equals(body)]).toEqual([0, true]);
  },
);

test.each([
  {
    inputs: { source: 'URL/', destination: 'sub/' },
    says: 'cannot download URL/: the URL does not end in a file name, so "destination" must name the file',
  },
  {
    inputs: { source: 'URL', destination: 'sub/' },
    says: 'cannot download URL: the URL does not end in a file name, so "destination" must name the file',
  },
  {
    inputs: { source: 'URL/%2e%2e', destination: 'sub/' },
    says: 'cannot download URL/%2e%2e: the URL does not end in a file name, so "destination" must name the file',
  },
  {
    inputs: { source: 'URL/a', destination: 'sub' },
    says: 'cannot download URL/a to DIR/sub: that is a folder; end "destination" in / to download into it',
  },
])('$inputs fails and says why', async ({ inputs, says }) => {
  const { url, asked } = await serve(site);
  const folder = newFolder();
  mkdirSync(join(folder, 'sub'));
  const { code, stderr } = await download(folder, [{ ...inputs, source: inputs.source.replace('URL', url) }]);
  expect([code, stderr]).toEqual([1, `WebDownload: ${says.replace('URL', url).replace('DIR', folder)}\n`]);
  expect(asked).toEqual([]);
});

test('a machine with neither curl nor wget is told so', async () => {
  const { code, stderr } = await download(
    newFolder(),
    [{ source: 'http://127.0.0.1:1/a', destination: 'a' }],
    'neither',
  );
  expect([code, stderr]).toEqual([
    1,
    'WebDownload: needs curl or wget, and this machine has neither: install one in an earlier step\n',
  ]);
});

test('the inputs are checked; a checksum without its algorithm is warned of', () => {
  const { problems } = readInputs('WebDownload', [
    { source: 'ftp://x/y', destination: 'a', algorithm: 'CRC', checksum: 'x' },
  ]);
  expect(problems).toEqual([
    'invalid-value: "source" is "ftp://x/y"; it must be a URL that starts with http:// or https://.',
    'invalid-value: "algorithm" is "CRC"; it must be MD5, SHA1, SHA256 or SHA512.',
  ]);
  const { warnings } = readInputs('WebDownload', [{ source: 'http://x/y', destination: 'a', checksum: 'x' }]);
  expect(warnings).toEqual(['invalid-value: "checksum" without "algorithm": the download is not checked.']);
});
