import type { Json } from '../../core/json.js';
import type { EtcdTool, EtcdToolPair, EtcdTools } from '../../core/question.js';
import { compareMinor, minorOf } from '../preflight/version.js';

export const TOOL_NAMES = ['etcdctl', 'etcdutl'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** A file that shall come into the run's own folder. */
export interface WantedTool {
  readonly name: ToolName;
  readonly from: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly [key: string]: string | number;
}

export interface SeenTools {
  /** Null: from nowhere. */
  readonly from: ToolSource['from'] | null;
  readonly version: string;
  readonly wanted: readonly WantedTool[];
  /** The digests of what is in the run's own folder. */
  readonly placed: { readonly etcdctl: string | null; readonly etcdutl: string | null };
  /** What is there does run, and is enough. */
  readonly isPlaced: boolean;
  readonly hasFolder: boolean;
  readonly freeBytes: number;
  readonly image: string;
  readonly through: string;
  readonly lack: string;
  readonly peerUrl: string | null;
  readonly [key: string]: Json;
}

/** Where a restore gets its etcd programs from. */
export type ToolSource =
  | { readonly from: 'host'; readonly tools: ToolPair }
  /** Beside the etcd that runs, in its container: used in place while it runs, copied before it stops. */
  | { readonly from: 'running'; readonly tools: ToolPair }
  | { readonly from: 'upload'; readonly directory: string }
  | { readonly from: 'image'; readonly image: string; readonly through: string };

/** Programs that were tried and do run. */
export interface ToolPair {
  readonly etcdctl: KnownTool;
  readonly etcdutl: KnownTool | null;
}

export interface KnownTool {
  readonly path: string;
  readonly version: string;
}

export interface WhatFits {
  /** The version of the etcd that they are for; empty: nobody knows. */
  readonly version: string;
  readonly uploads: readonly string[];
  readonly image: string | null;
}

/**
 * The first that can do all of it: the host's own of the right minor version, what the operator gives, the
 * container's, the image's. Programs of another minor version come last, and are said to be.
 */
export function chooseTools(seen: EtcdTools, what: WhatFits): ToolSource | null {
  const { version, uploads, image } = what;
  const host = pairOf(seen.host);
  const running = pairOf(seen.running);
  const [directory] = uploads;
  if (host !== null && fits(host, version)) return { from: 'host', tools: host };
  if (directory !== undefined) return { from: 'upload', directory };
  if (running !== null && fits(running, version)) return { from: 'running', tools: running };
  if (image !== null && seen.imageThrough !== null) {
    return { from: 'image', image, through: seen.imageThrough };
  }
  if (host !== null && canRestore(host)) return { from: 'host', tools: host };
  return null;
}

/** What can be used now, without a change: this run's own, the host's, those in the container. */
export function toolsInPlace(seen: EtcdTools, version: string): ToolPair | null {
  const [own, host, running] = [seen.folder, seen.host, seen.running].map(pairOf);
  const first = [host, running].find((pair) => pair != null && fits(pair, version));
  if (own != null) return own;
  return first ?? (host != null && canRestore(host) ? host : null);
}

/** Null: there is no etcdctl that runs. An etcdutl that does not run counts as none. */
export function pairOf({ etcdctl, etcdutl }: EtcdToolPair): ToolPair | null {
  const known = knownTool(etcdctl);
  return known === null ? null : { etcdctl: known, etcdutl: knownTool(etcdutl) };
}

function knownTool(tool: EtcdTool | null): KnownTool | null {
  return tool?.version == null ? null : { path: tool.path, version: tool.version };
}

export function fits(tools: ToolPair, version: string): boolean {
  const { etcdctl, etcdutl } = tools;
  const wanted = minorOf(version);
  const isRight = (tool: KnownTool | null) =>
    tool === null || wanted === '' || minorOf(tool.version) === wanted;
  return isRight(etcdctl) && isRight(etcdutl) && canRestore(tools);
}

/** From 3.6 on etcdctl has neither `snapshot restore` nor `snapshot status`. (etcd, CHANGELOG-3.6) */
export function canRestore({ etcdctl, etcdutl }: ToolPair): boolean {
  return etcdutl !== null || compareMinor(etcdctl.version, '3.6') < 0;
}
