import Type, { type Static } from 'typebox';
import type { EtcdIdentity } from '../../core/question.js';
import { type PodManifest, portsOf } from './manifest.js';

/** How a member's own process is told from another etcd beside it. */
export const KnownBy = Type.Object({
  told: Type.String({ description: 'Its --data-dir.' }),
  directory: Type.String({ description: 'The same as the host has it.' }),
  urls: Type.Array(Type.String()),
  ports: Type.Array(Type.Integer()),
});

export type KnownBy = Static<typeof KnownBy>;

/** By what it is told now, and was told before its address changed; null: nobody knows, so every etcd counts. */
export function knownBy(pod: PodManifest, before: PodManifest = pod): KnownBy | null {
  const told = pod.flags.get('data-dir') ?? '';
  const directory = told === '' ? null : pod.hostPathOf(told);
  if (directory === null) return null;
  const urls = [pod, before].flatMap(({ flags }) =>
    ['initial-advertise-peer-urls', 'advertise-client-urls'].flatMap((flag) =>
      (flags.get(flag) ?? '').split(',').filter((url) => url !== ''),
    ),
  );
  return { told, directory, urls: [...new Set(urls)], ports: [...portsOf(pod)] };
}

/** As a question takes it. */
export function ofMember(known: EtcdIdentity | null | undefined): {
  readonly member?: EtcdIdentity;
} {
  return known == null ? {} : { member: known };
}
