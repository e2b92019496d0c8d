import type { AnyModule, Catalogue } from '../core/module.js';
import { archive } from './archive.js';
import { assertModule } from './assert.js';
import { backupRecord } from './backup-record.js';
import { collectLogs } from './collect-logs.js';
import { command } from './command.js';
import { copy } from './copy.js';
import { debug } from './debug.js';
import { diagnose } from './diagnose.js';
import { discardCopy } from './discard-copy.js';
import { etcdBump } from './etcd-bump.js';
import { etcdClusterCheck } from './etcd-cluster-check.js';
import { etcdDataAside } from './etcd-data-aside.js';
import { etcdFacts } from './etcd-facts.js';
import { etcdJoinCheck } from './etcd-join-check.js';
import { etcdLeftovers } from './etcd-leftovers.js';
import { etcdManifest } from './etcd-manifest.js';
import { etcdMember } from './etcd-member.js';
import { etcdMemberAdd } from './etcd-member-add.js';
import { etcdMemberCheck } from './etcd-member-check.js';
import { etcdMemberFiles } from './etcd-member-files.js';
import { etcdMemberGone } from './etcd-member-gone.js';
import { etcdMemberPromote } from './etcd-member-promote.js';
import { etcdMemberSettings } from './etcd-member-settings.js';
import { etcdProof } from './etcd-proof.js';
import { etcdQuorum } from './etcd-quorum.js';
import { etcdRestore } from './etcd-restore.js';
import { etcdSafetySnapshot } from './etcd-safety-snapshot.js';
import { etcdSnapshot } from './etcd-snapshot.js';
import { etcdSource } from './etcd-source.js';
import { etcdStagedCheck } from './etcd-staged-check.js';
import { etcdStatus } from './etcd-status.js';
import { etcdSwap } from './etcd-swap.js';
import { etcdTools } from './etcd-tools.js';
import { fetch } from './fetch.js';
import { fetchFile } from './fetch-file.js';
import { file } from './file.js';
import { keepCollected } from './keep-collected.js';
import { kept } from './kept.js';
import { kubeLook } from './kube-look.js';
import { kubeNodes } from './kube-nodes.js';
import { kubeReady } from './kube-ready.js';
import { kubeReport } from './kube-report.js';
import { move } from './move.js';
import { pause } from './pause.js';
import { pkiCheck } from './pki-check.js';
import { pkiFiles } from './pki-files.js';
import { preflight } from './preflight.js';
import { preflightGate } from './preflight-gate.js';
import { readManifests } from './read-manifests.js';
import { sendFile } from './send-file.js';
import { service } from './service.js';
import { setAside } from './set-aside.js';
import { shell } from './shell.js';
import { snapshotCheck } from './snapshot-check.js';
import { staticPods } from './static-pods.js';
import { staticPodsCheck } from './static-pods-check.js';
import { staticPodsGone } from './static-pods-gone.js';
import { swap } from './swap.js';
import { unarchive } from './unarchive.js';
import { waitFor } from './wait-for.js';

/** Everything that a task can do, written out: nothing is found by looking around. */
const modules: readonly AnyModule[] = [
  archive,
  assertModule,
  backupRecord,
  collectLogs,
  command,
  copy,
  debug,
  diagnose,
  discardCopy,
  etcdBump,
  etcdClusterCheck,
  etcdDataAside,
  etcdFacts,
  etcdJoinCheck,
  etcdLeftovers,
  etcdManifest,
  etcdMemberAdd,
  etcdMemberPromote,
  etcdMemberFiles,
  etcdMemberGone,
  etcdMemberCheck,
  etcdMember,
  etcdMemberSettings,
  etcdProof,
  etcdQuorum,
  etcdRestore,
  etcdSafetySnapshot,
  etcdSnapshot,
  etcdSource,
  etcdStagedCheck,
  etcdStatus,
  etcdSwap,
  etcdTools,
  fetch,
  fetchFile,
  file,
  keepCollected,
  kept,
  kubeLook,
  kubeNodes,
  kubeReady,
  kubeReport,
  move,
  pause,
  pkiCheck,
  pkiFiles,
  preflight,
  preflightGate,
  readManifests,
  sendFile,
  service,
  setAside,
  shell,
  snapshotCheck,
  staticPods,
  staticPodsCheck,
  staticPodsGone,
  swap,
  unarchive,
  waitFor,
];

export const catalogue: Catalogue = new Map(modules.map((module) => [module.name, module]));
