import Type, { type Static } from 'typebox';
import { argumentsOf } from '../arguments.js';
import { MemberFacts } from './member.js';
import { type PodArguments, podArguments } from './move-pod.js';

const { pods: _, ...places } = podArguments;

/** Which member, and every place where its manifest may lie: looked at only where a kubelet runs it. */
export const memberPlaces = {
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  ...places,
};

const memberPlacesSchema = argumentsOf(memberPlaces);
export type MemberPlaces = Static<typeof memberPlacesSchema>;

/** The same places for the modules of static pods. */
export function asPod({ member: _member, ...given }: MemberPlaces): PodArguments {
  return { ...given, pods: ['etcd'] };
}

/** The unit of systemd that runs the member; null: a kubelet does. */
export function unitOf({ unit = '' }: MemberFacts): string | null {
  return unit === '' ? null : unit;
}
