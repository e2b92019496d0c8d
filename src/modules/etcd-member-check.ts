import Type from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { isNoAnswer, type UnitSettings } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { asPod, memberPlaces, unitOf } from './etcd/member-places.js';
import { isUp, noSystemd, refuseUnit } from './etcd/unit/member-unit.js';
import { unitQuestion } from './etcd/unit/read-unit.js';
import { staticPodsCheck } from './static-pods-check.js';

/** Asked before anything is stopped: behind the point of no return it would be too late to find out. */
export const etcdMemberCheck = defineModule({
  name: 'etcd_member_check',
  summary:
    'Refuses unless the member on this host can be stopped and brought back: its manifest and kubelet, or its unit.',
  example: `
- name: Check that the members can be stopped and brought back
  etcd_member_check:
    member: \${{ results.etcd }}
    manifests_dir: \${{ vars.manifests_dir }}
    parked_dir: /etc/kubernetes/runback/\${{ run.id }}
`,
  place: 'host',
  args: argumentsOf(memberPlaces),
  result: Type.Object({ running: Type.Boolean({ description: 'It runs now.' }) }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    const unit = unitOf(given.member);
    if (unit === null) {
      const checked = await staticPodsCheck.probe(asPod(given), ask);
      return checked.ok ? ok({ running: checked.value.running.length > 0 }) : checked;
    }
    const seen = await ask.host({ unit: unitQuestion(unit) });
    if (!seen.ok) return seen;
    const said = seen.value.unit;
    if (isNoAnswer(said)) return err(noSystemd(unit, said.detail));
    const refusal = refuseUnit(unit, said) ?? refuseToStop(said);
    return refusal === null ? ok({ running: isUp(said.active) }) : err(refusal);
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function refuseToStop({ name, isStale, triggeredBy }: UnitSettings): Failure | null {
  if (isStale) {
    const message = `the files of ${name} have changed since systemd read them`;
    const next = 'see what has changed (systemctl cat), then: systemctl daemon-reload';
    return refused('unit-stale', message, next);
  }
  if (triggeredBy.length === 0) return null;
  const message = `${triggeredBy.join(', ')} would start ${name} again while it is to be stopped`;
  return refused(
    'unit-triggered',
    message,
    `stop it first: systemctl stop ${triggeredBy.join(' ')}`,
  );
}
