import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  Ages,
  Certificates,
  ClockReading,
  FolderFile,
  Sockets,
  Space,
} from '../../src/core/question.js';
import { certificates as asked } from '../../src/host/questions/certificates.js';
import { ScratchHost } from './scratch-host.js';
import { shells } from './shells.js';

/** The preflight's own questions, asked of a real machine. */
describe.each(await shells())('in $name', ({ tools }) => {
  let host: ScratchHost;

  beforeEach(async () => {
    host = await ScratchHost.open(tools);
  });

  afterEach(() => host.close());

  it('reads every plain file of a folder, whatever it is called and whatever is in it', async () => {
    writeFileSync(host.path("it's\n.yaml"), 'a\0b\n');
    writeFileSync(host.path('.hidden'), '');
    mkdirSync(host.path('folder'));
    symlinkSync("it's\n.yaml", host.path('link'));
    const asked = { kind: 'folder', path: host.directory, bytesMax: 3 } as const;
    const none = { ...asked, path: host.path('none') };
    const { it: files, none: missing } = await host.ask({ it: asked, none });
    expect(missing).toBeNull();
    const seen = (files as readonly FolderFile[]).map(({ name, sizeBytes, text }) => [
      name,
      sizeBytes,
      text,
    ]);
    expect(seen.sort()).toEqual([
      ['.hidden', 0, ''],
      ["it's\n.yaml", 4, 'ab'],
      ['link', 4, 'ab'],
    ]);
  });

  it('measures space and clock', async () => {
    const { space, clock } = await host.ask({
      space: { kind: 'space', path: host.path('not/yet') },
      clock: { kind: 'clock' },
    });
    const { sizeBytes, freeBytes } = space as Space;
    expect(freeBytes).toBeGreaterThan(0);
    expect(sizeBytes).toBeGreaterThan(freeBytes);
    const { askedAtMs, answeredAtMs, atMs, resolutionMs } = clock as ClockReading;
    expect(atMs + resolutionMs).toBeGreaterThanOrEqual(askedAtMs);
    expect(atMs).toBeLessThanOrEqual(answeredAtMs);
  });

  it('knows when a file was made and since when a process runs', async () => {
    const program = basename(process.execPath);
    const nowS = Math.floor(Date.now() / 1_000);
    writeFileSync(host.path('new'), '');
    const paths = [host.path('new'), host.path('none')];
    const { it: seen } = await host.ask({ it: { kind: 'ages', paths, processes: [program] } });
    const { bornS, processes } = seen as Ages;
    expect(bornS[host.path('none')]).toBeNull();
    // busybox's stat does not tell it.
    if (bornS[host.path('new')] !== null)
      expect(bornS[host.path('new')]).toBeGreaterThanOrEqual(nowS);
    const own = Math.floor(nowS - process.uptime());
    const near = processes.filter(({ startedS }) => Math.abs(startedS - own) <= 2);
    expect(near.length).toBeGreaterThan(0);
    expect(processes.every(({ name, startedS }) => name === program && startedS <= nowS + 1)).toBe(
      true,
    );
  });

  it('knows who listens and who is connected', async () => {
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    await new Promise((done) => client.once('connect', done));
    const { it: answer } = await host.ask({ it: { kind: 'sockets', ports: [port] } });
    client.destroy();
    server.close();
    const sockets = answer as Sockets;
    expect(sockets).toContainEqual(
      expect.objectContaining({ state: 'listening', localAddress: '127.0.0.1', localPort: port }),
    );
    const calling = sockets.find((one) => one.remotePort === port);
    expect(calling).toMatchObject({ state: 'connected', remoteAddress: '127.0.0.1' });
    expect(calling?.process).not.toBeNull();
  });

  it('reads certificates and public keys, and lets no private key out', async () => {
    makePki(host.directory);
    writeFileSync(
      host.path('junk.crt'),
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    );
    const key = readFileSync(host.path('leaf.key'), 'utf8');
    writeFileSync(host.path('cut.pem'), `-----BEGIN CERTIFICATE-----\nAAAA\n${key}`);
    const paths = [host.directory, host.path('absent.crt'), host.path('sa.pub')];
    const { it: answer } = await host.ask({ it: { kind: 'certificates', paths } });
    const { certificates, keys, missing, unreadable, hasOpenssl } = answer as Certificates;
    const [ca, leaf] = ['ca', 'leaf'].map((name) =>
      certificates.find(({ path }) => path === host.path(`${name}.crt`)),
    );
    const keyOf = (name: string) => keys.find(({ path }) => path === host.path(name));
    expect(hasOpenssl).toBe(true);
    expect(ca).toMatchObject({ isAuthority: true, signedBy: [ca?.sha256] });
    expect(leaf).toMatchObject({
      subject: 'O=system:masters, CN=leaf',
      dnsNames: ['cp1'],
      ipAddresses: ['192.0.2.11', '0:0:0:0:0:0:0:1'],
      signedBy: [ca?.sha256],
    });
    expect(keyOf('leaf.key')).toMatchObject({ isPrivate: true, keySha256: leaf?.keySha256 });
    expect(keyOf('sa.pub')).toMatchObject({
      isPrivate: false,
      keySha256: keyOf('ca.key')?.keySha256,
    });
    expect(keyOf('locked.key')).toMatchObject({ isPrivate: true, keySha256: null });
    expect(missing).toEqual([host.path('absent.crt')]);
    expect(unreadable).toEqual([host.path('junk.crt')]);
    expect(keys.filter(({ path }) => path.endsWith('sa.pub')).length).toBe(1);
    // What crosses the wire, not only what is made of it.
    const path = `${tools}:${process.env.PATH}`;
    const { script } = asked(paths);
    const wire = execFileSync(`${tools}/sh`, ['-c', script], { env: { PATH: path } }).toString();
    const secret = key.split('\n')[1] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    expect(wire).not.toContain(secret);
  });

  it('reads what kubeconfigs hold and name, and of their keys nothing', async () => {
    makePki(host.directory);
    const data = (name: string) => readFileSync(host.path(name)).toString('base64');
    const key = data('leaf.key');
    const admin = [
      `    certificate-authority-data: ${data('ca.crt')}`,
      `    client-certificate-data: "${Buffer.from(readFileSync(host.path('leaf.crt'), 'utf8') + readFileSync(host.path('leaf.key'), 'utf8')).toString('base64')}"`,
      `    client-key-data: ${key}`,
    ];
    writeFileSync(host.path('admin.conf'), `${admin.join('\n')}\n`);
    const files = ['leaf.crt', 'leaf.key', 'ca.crt'].map(host.path);
    const named = ['client-certificate', 'client-key', 'certificate-authority'];
    const lines = named.map((field, index) => `- ${field}: ${files[index]}`);
    writeFileSync(host.path('kubelet.conf'), `${lines.join('\n')}\n`);
    writeFileSync(host.path('token.conf'), 'users: [{user: {token: hush}}]\n');
    const kubeconfigs = ['admin.conf', 'kubelet.conf', 'token.conf', 'absent.conf'].map(host.path);
    const question = { kind: 'certificates', paths: [], kubeconfigs } as const;
    const { it: answer } = await host.ask({ it: question });
    const { certificates, ...rest } = answer as Certificates;
    const inside = `${host.path('admin.conf')} certificate-authority-data`;
    expect(rest.kubeconfigs).toEqual([
      { path: kubeconfigs[0], client: kubeconfigs[0], authority: inside },
      { path: kubeconfigs[1], client: files[0], authority: files[2] },
      { path: kubeconfigs[2], client: null, authority: null },
    ]);
    const subjects = certificates.map(({ path, subject }) => `${path} ${subject}`);
    expect(subjects).toEqual([
      `${host.path('admin.conf')} O=system:masters, CN=leaf`,
      `${inside} CN=the-ca`,
      `${files[0]} O=system:masters, CN=leaf`,
      `${files[2]} CN=the-ca`,
    ]);
    expect(certificates[0]?.signedBy).toEqual([certificates[1]?.sha256]);
    const path = `${tools}:${process.env.PATH}`;
    const { script } = asked([], kubeconfigs);
    const wire = execFileSync(`${tools}/sh`, ['-c', script], { env: { PATH: path } }).toString();
    expect(wire).toContain('BEGIN CERTIFICATE');
    const secret = readFileSync(host.path('leaf.key'), 'utf8').split('\n')[1] ?? '';
    for (const one of [secret, key, 'hush']) expect(wire).not.toContain(one);
  });
});

function makePki(folder: string): void {
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '9'];
  const made = (name: string) => ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  openssl('req', '-x509', ...ec, '-subj', '/CN=the-ca', ...made('ca'));
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key'];
  const names = 'subjectAltName=DNS:cp1,IP:192.0.2.11,IP:::1';
  const subject = ['-subj', '/O=system:masters/CN=leaf', '-addext', names];
  openssl('req', '-x509', ...ec, ...subject, ...signed, ...made('leaf'));
  openssl('pkey', '-in', 'ca.key', '-pubout', '-out', 'sa.pub');
  openssl('pkey', '-in', 'ca.key', '-aes128', '-passout', 'pass:x', '-out', 'locked.key');
}
