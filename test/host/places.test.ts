import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/change.js';
import { sha256 } from '../../src/core/hash.js';
import { inDoubt, ScratchHost } from './scratch-host.js';
import { shells } from './shells.js';

/** Files, links, owners: each change is done, refused where it must be, and taken back from every state. */
describe.each(await shells())('in $name', ({ name, tools }) => {
  let host: ScratchHost;
  const path = (file: string): string => host.path(file);
  const text = (file: string): string => readFileSync(path(file), 'utf8');

  beforeEach(async () => {
    host = await ScratchHost.open(tools);
  });

  afterEach(() => host.close());

  describe('replace', () => {
    const change = (): Extract<Change, { kind: 'replace' }> => ({
      kind: 'replace',
      from: path('.new'),
      to: path("it's"),
      holds: { sha256: sha256('new') },
      was: { sha256: sha256('old') },
      trash: path('trash'),
    });
    let inode: number;

    beforeEach(() => {
      writeFileSync(path('.new'), 'new');
      writeFileSync(path("it's"), 'old');
      inode = statSync(path("it's")).ino;
    });

    it('puts the new one into the place and keeps the old one; its undo brings the very file back', async () => {
      const sent = await host.send(change());
      expect(sent.receipt).toMatchObject({ state: 'done', exitCode: 0 });
      expect(text("it's")).toBe('new');
      expect(text(`trash/${sent.id}`)).toBe('old');
      expect(existsSync(path('.new'))).toBe(false);
      expect(await host.takeBack(sent)).toBe(true);
      expect(statSync(path("it's")).ino).toBe(inode);
      expect(existsSync(path('.new'))).toBe(false);
    });

    it('is taken back from between its two steps, linked or moved', async () => {
      const sent = await host.send({ ...change(), from: path('missing') });
      expect(sent.receipt).toMatchObject({ exitCode: 2 });
      const cut = inDoubt({ ...sent, change: change() });
      mkdirSync(path('trash'));
      linkSync(path("it's"), path(`trash/${cut.id}`));
      expect(await host.takeBack(cut)).toBe(true);
      expect(statSync(path("it's")).ino).toBe(inode);
      renameSync(path("it's"), path(`trash/${cut.id}`));
      expect(await host.takeBack(cut)).toBe(true);
      expect(statSync(path("it's")).ino).toBe(inode);
    });

    // busybox runs its own mv whatever stands before it.
    if (!name.startsWith('busybox')) {
      it('leaves the old one in its place where the new one cannot take it', async () => {
        mkdirSync(path('tools'));
        const mv = '#!/bin/sh\ncase "$*" in *"/it\'s") exit 1 ;; *) exec /bin/mv "$@" ;; esac\n';
        writeFileSync(path('tools/mv'), mv, { mode: 0o755 });
        const failing = await ScratchHost.open(`${path('tools')}:${tools}`);
        const sent = await failing.send(change());
        failing.close();
        expect(sent.receipt).toMatchObject({ exitCode: 1 });
        expect(statSync(path("it's")).ino).toBe(inode);
        expect(await host.takeBack(sent)).toBe(true);
        expect(statSync(path("it's")).ino).toBe(inode);
      });
    }

    it('is not taken back over what somebody wrote since', async () => {
      const sent = await host.send(change());
      writeFileSync(path("it's"), 'theirs');
      expect(await host.takeBack(sent)).toBe(false);
      expect(text("it's")).toBe('theirs');
    });

    it('refuses where something is that was not there, or is not there any more, or is a directory', async () => {
      expect((await host.send({ ...change(), was: null })).receipt).toMatchObject({ exitCode: 3 });
      const elsewhere = { ...change(), to: path('nowhere') };
      expect((await host.send(elsewhere)).receipt).toMatchObject({ exitCode: 4 });
      mkdirSync(path('directory'));
      const over = await host.send({ ...change(), to: path('directory') });
      expect(over.receipt).toMatchObject({ exitCode: 3 });
      expect(text('.new')).toBe('new');
    });

    it('takes a new file away again, and only that one', async () => {
      const fresh = { ...change(), to: path('fresh'), was: null };
      const sent = await host.send(fresh);
      expect(text('fresh')).toBe('new');
      expect(await host.takeBack(inDoubt(sent))).toBe(true);
      expect(existsSync(path('fresh'))).toBe(false);
    });

    it('puts a link into the place of a link', async () => {
      symlinkSync('v1', path('current'));
      symlinkSync('v2', path('.current'));
      const sent = await host.send({
        kind: 'replace',
        from: path('.current'),
        to: path('current'),
        holds: { target: 'v2' },
        was: { target: 'v1' },
        trash: path('trash'),
      });
      expect(readlinkSync(path('current'))).toBe('v2');
      expect(await host.takeBack(sent)).toBe(true);
      expect(readlinkSync(path('current'))).toBe('v1');
    });
  });

  describe('copy-file', () => {
    const change = (): Change => ({
      kind: 'copy-file',
      from: path('from'),
      to: path('to'),
      sha256: sha256('bytes\n'),
      access: { mode: 0o640, uid: 1, gid: 2 },
      trash: path('trash'),
    });

    it('copies bytes, with owner and mode, and is taken back', async () => {
      writeFileSync(path('from'), 'bytes\n');
      const sent = await host.send(change());
      expect(text('to')).toBe('bytes\n');
      expect(statSync(path('to'))).toMatchObject({ uid: 1, gid: 2, mode: 0o100640 });
      expect(await host.takeBack(inDoubt(sent))).toBe(true);
      expect(existsSync(path('to'))).toBe(false);
      expect(await host.takeBack(sent)).toBe(true);
    });

    it('leaves nothing when the source is not what it was', async () => {
      writeFileSync(path('from'), 'others');
      expect((await host.send(change())).receipt).toMatchObject({ exitCode: 9 });
      expect(readdirSync(path('')).sort()).toEqual(['from', 'state']);
    });
  });

  describe('make-link', () => {
    const change = (): Change => ({
      kind: 'make-link',
      path: path('link'),
      target: "some where's",
      trash: path('trash'),
    });

    it('makes one, never over another, and takes its own away', async () => {
      const sent = await host.send(change());
      expect(readlinkSync(path('link'))).toBe("some where's");
      const { link, none } = await host.ask({
        link: { kind: 'link', path: path('link') },
        none: { kind: 'link', path: path('state') },
      });
      expect(link).toEqual({ target: "some where's" });
      expect(none).toBeNull();
      expect((await host.send(change())).receipt).toMatchObject({ exitCode: 3 });
      expect(await host.takeBack(inDoubt(sent))).toBe(true);
      expect(existsSync(path('link'))).toBe(false);
    });

    it('does not take another link away', async () => {
      const sent = await host.send(change());
      renameSync(path('link'), path('ours'));
      symlinkSync('theirs', path('link'));
      expect(await host.takeBack(sent)).toBe(false);
    });
  });

  describe('set-access', () => {
    const access = { mode: 0o4750, uid: 3, gid: 4 };
    const change = (): Change => ({
      kind: 'set-access',
      path: path('file'),
      access,
      was: { mode: 0o6711, uid: 0, gid: 0 },
    });
    const seen = () => {
      const { mode, uid, gid } = statSync(path('file'));
      return { mode: mode & 0o7777, uid, gid };
    };

    beforeEach(() => {
      writeFileSync(path('file'), '');
      chownSync(path('file'), 0, 0);
      chmodSync(path('file'), 0o6711);
    });

    it('gives owner and mode, set-user-id too, and gives back what was', async () => {
      const sent = await host.send(change());
      expect(seen()).toEqual(access);
      expect(await host.takeBack(sent)).toBe(true);
      expect(seen()).toEqual({ mode: 0o6711, uid: 0, gid: 0 });
      expect(await host.takeBack(sent), 'taken back already').toBe(true);
    });

    it('is taken back from between owner and mode', async () => {
      const sent = await host.send(change());
      for (const mode of [0o6711, 0o711]) {
        chmodSync(path('file'), mode);
        expect(await host.takeBack(inDoubt(sent))).toBe(true);
        expect(seen()).toEqual({ mode: 0o6711, uid: 0, gid: 0 });
        chownSync(path('file'), 3, 4);
      }
    });

    it('is not taken back where somebody set it otherwise since', async () => {
      const sent = await host.send(change());
      chmodSync(path('file'), 0o600);
      expect(await host.takeBack(sent)).toBe(false);
    });

    it('does not follow a link', async () => {
      symlinkSync('file', path('link'));
      const sent = await host.send({ ...change(), path: path('link') } as Change);
      expect(sent.receipt).toMatchObject({ exitCode: 3 });
    });
  });

  it('makes a directory with its owner; in doubt, what was missing is taken away while it is empty', async () => {
    const sent = await host.send({
      kind: 'make-directory',
      path: path('a/b'),
      mode: 0o750,
      uid: 5,
      gid: 6,
      missing: [path('a'), path('a/b')],
    });
    expect(statSync(path('a/b'))).toMatchObject({ uid: 5, gid: 6, mode: 0o40750 });
    writeFileSync(path('a/theirs'), '');
    expect(await host.takeBack(inDoubt(sent))).toBe(true);
    expect(readdirSync(path('a'))).toEqual(['theirs']);
  });
});
