import type { Places } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import { join, parentOf } from '../../core/host-path.js';
import type { EtcdTools } from '../../core/question.js';
import { err, ok, type Result } from '../../core/result.js';
import { imageVersion } from '../preflight/version.js';
import { findMember } from './find-manifest.js';
import type { BackupRecord } from './record.js';
import { mountIn } from './tool-changes.js';
import {
  chooseTools,
  fits,
  pairOf,
  type SeenTools,
  TOOL_NAMES,
  type ToolName,
  type ToolSource,
  type WantedTool,
} from './tools.js';

/** What is told of the host. */
export interface ToolsWanted {
  readonly tools_dir: string;
  readonly manifest: string;
  readonly unit?: string;
  readonly copies?: readonly string[];
  readonly record?: BackupRecord | null;
  readonly host: string;
  readonly address?: string;
  readonly uploads?: readonly string[];
  readonly in_place?: boolean;
}

export async function seeTools(
  given: ToolsWanted,
  ask: Places,
): Promise<Result<SeenTools, Failure>> {
  const { tools_dir, uploads = [], in_place = false } = given;
  const what = await whatFor(given, ask);
  const seen = await ask.host({
    tools: { kind: 'etcd-tools', folder: tools_dir, image: what.image, peerUrl: what.peerUrl },
    folder: { kind: 'stat', path: tools_dir },
    mounted: { kind: 'stat', path: mountIn(tools_dir) },
    etcdctl: { kind: 'digest', path: join(tools_dir, 'etcdctl') },
    etcdutl: { kind: 'digest', path: join(tools_dir, 'etcdutl') },
    room: { kind: 'mount', path: parentOf(tools_dir) },
  });
  if (!seen.ok) return seen;
  const { tools, folder, mounted, etcdctl, etcdutl, room } = seen.value;
  const version = tools.runningVersion ?? what.version;
  const source = chooseTools(tools, { version, uploads, image: what.image });
  const wanted = await wantedFrom(source, in_place, ask);
  if (!wanted.ok) return wanted;
  const placed = { etcdctl: etcdctl?.sha256 ?? null, etcdutl: etcdutl?.sha256 ?? null };
  const own = pairOf(tools.folder);
  return ok({
    from: source?.from ?? null,
    version,
    wanted: wanted.value,
    placed,
    isPlaced:
      own !== null &&
      fits(own, version) &&
      mounted === null &&
      wanted.value.every(({ name, sha256 }) => placed[name] === sha256),
    hasFolder: folder !== null,
    peerUrl: what.peerUrl,
    freeBytes: room.freeBytes,
    image: source?.from === 'image' ? source.image : '',
    through: source?.from === 'image' ? source.through : 'ctr',
    lack: lackOf(tools, what.image),
  });
}

/** What the manifest, or the record in its place, says of image and version; etcd_facts refuses the rest. */
async function whatFor(given: ToolsWanted, ask: Places) {
  const { manifest, unit = 'etcd', copies = [], record = null, host, address } = given;
  const found = await findMember({ manifest, unit, copies, record, host, address }, ask);
  const pod = found.ok ? found.value.pod : null;
  const image = pod?.image ?? '';
  const [peerUrl = ''] = pod?.flags.get('initial-advertise-peer-urls')?.split(',') ?? [];
  const recorded = record?.snapshot.etcd_version ?? '';
  return {
    image: image === '' ? null : image,
    version: imageVersion(image) || recorded,
    peerUrl: peerUrl === '' ? null : peerUrl,
  };
}

async function wantedFrom(
  source: ToolSource | null,
  inPlace: boolean,
  ask: Places,
): Promise<Result<readonly WantedTool[], Failure>> {
  if (source?.from === 'upload') {
    const paths = TOOL_NAMES.map((name) => [name, join(source.directory, name)] as const);
    const wanted = await digests(paths, ask.controller);
    if (!wanted.ok || wanted.value.some(({ name }) => name === 'etcdctl')) return wanted;
    const message = `there is no etcdctl in ${source.directory} on this machine`;
    return err(
      refused('upload-incomplete', message, 'put the release’s etcdctl and etcdutl there'),
    );
  }
  if (source?.from !== 'running' || inPlace) return ok([]);
  const { etcdctl, etcdutl } = source.tools;
  const paths = [['etcdctl', etcdctl.path] as const];
  return digests(
    etcdutl === null ? paths : [...paths, ['etcdutl', etcdutl.path] as const],
    ask.host,
  );
}

async function digests(
  paths: readonly (readonly [ToolName, string])[],
  ask: Places['host'],
): Promise<Result<readonly WantedTool[], Failure>> {
  const questions = Object.fromEntries(
    paths.map(([name, path]) => [name, { kind: 'digest', path } as const]),
  );
  const seen = await ask(questions);
  if (!seen.ok) return seen;
  return ok(
    paths.flatMap(([name, from]) => {
      const file = seen.value[name];
      return file == null ? [] : [{ name, from, ...file }];
    }),
  );
}

function lackOf({ host, running }: EtcdTools, image: string | null): string {
  const said = (where: string, pair: EtcdTools['host']) =>
    pair.etcdctl === null
      ? `no etcdctl ${where}`
      : `etcdctl ${where}: ${pair.etcdctl.version ?? pair.etcdctl.said}${pair.etcdutl === null ? ', no etcdutl' : ''}`;
  const held = image === null ? 'no manifest names an image' : `no ctr here that holds ${image}`;
  return [said('on the host', host), said('beside a running etcd', running), held].join('\n');
}
