import Type, { type Static } from 'typebox';
import type { Change } from '../core/change.js';
import { serviceEffects } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { isNoAnswer, type Unit } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, duration, milliseconds, UNIT_NAME } from './arguments.js';

const args = argumentsOf({
  name: Type.String({
    pattern: UNIT_NAME,
    description: 'The unit: kubelet, or with its ending: backup.timer.',
  }),
  state: Type.Optional(
    Type.Enum(['started', 'stopped', 'restarted'], {
      description: 'restarted: each time anew; started where it was not running.',
    }),
  ),
  enabled: Type.Optional(Type.Boolean({ description: 'Is it started at boot?' })),
  within: duration('How long it may take to be so. Default: 90s.'),
});

type Args = Static<typeof args>;

/** Undo brings back whether it ran and whether it starts at boot, not which process it was. */
export const service = defineModule({
  name: 'service',
  summary: 'Starts, stops or restarts a unit of systemd, and waits until it is so.',
  example: `
- name: Restart the kubelet
  service:
    name: kubelet
    state: restarted
- name: Stop the timer that makes backups
  service:
    name: etcd-backup.timer
    state: stopped
    enabled: false
`,
  place: 'host',
  args,
  result: Type.Object({
    unit: Type.String(),
    active: Type.String({ description: 'active, inactive, failed, …' }),
    enabled: Type.String({ description: 'enabled, disabled, static, …' }),
    waited_ms: Type.Integer(),
  }),
  mistakeIn: ({ state, enabled }) =>
    state === undefined && enabled === undefined ? 'it needs state or enabled' : null,
  readOnly: false,
  mayAlter: ({ name }) => serviceEffects(unitOf(name)),
  repeatable: true,
  undo: {
    kind: 'derived',
    settle: ({ name, within }, { active }: Seen) => ({
      unit: {
        kind: 'wait-unit',
        unit: unitOf(name),
        active: isUp(active),
        timeoutMs: milliseconds(within, 90),
      },
    }),
  },

  async probe({ name }, ask) {
    const seen = await ask.host({ unit: { kind: 'unit', unit: unitOf(name) } });
    if (!seen.ok) return seen;
    const { unit } = seen.value;
    if (isNoAnswer(unit)) {
      const message = `systemd says nothing of ${unitOf(name)}`;
      return err(refused('no-systemd', message, 'see that it runs on this host', unit.detail));
    }
    const { active, enabled, loaded } = unit;
    return ok<Seen>({ active, enabled, loaded });
  },

  plan(given, before: Seen) {
    const refusal = refuse(given, before);
    if (refusal !== null) return err(refusal);
    const unit = unitOf(given.name);
    return ok(
      [...planEnabled(given, before), ...planState(given, before)].map((verb) => ({
        kind: 'service',
        unit,
        verb,
      })),
    );
  },

  async verify(given, _before, _receipts, ask) {
    const unit = unitOf(given.name);
    const timeoutMs = milliseconds(given.within, 90);
    const active = given.state !== 'stopped';
    const wait = { kind: 'wait-unit', unit, active, timeoutMs } as const;
    const waited = given.state === undefined ? null : await ask.host({ wait });
    if (waited !== null && !waited.ok) return waited;
    const answer = waited?.value.wait;
    const now = await ask.host({ unit: { kind: 'unit', unit } });
    if (!now.ok) return now;
    if (isNoAnswer(now.value.unit)) {
      return err(refused('no-systemd', `systemd says nothing of ${unit}`, 'look at the host'));
    }
    const { enabled } = now.value.unit;
    if (answer?.reached === false) {
      const message = `${unit} is not ${given.state === 'stopped' ? 'stopped' : 'running'} after ${answer.waitedMs} ms: ${answer.lastSeen}`;
      return err(refused('not-so', message, `see: journalctl -u ${unit}`));
    }
    if (given.enabled !== undefined && isEnabled(enabled) !== given.enabled) {
      const message = `${unit} is ${enabled}`;
      return err(refused('not-so', message, `see: systemctl status ${unit}`));
    }
    return ok({ unit, active: now.value.unit.active, enabled, waited_ms: answer?.waitedMs ?? 0 });
  },
  material: ({ active, enabled }: Seen) => ({ isUp: isUp(active), enabled }),
});

type Seen = Pick<Unit, 'active' | 'enabled' | 'loaded'>;
type Verb = Extract<Change, { kind: 'service' }>['verb'];

function planEnabled({ enabled }: Args, now: Seen): readonly Verb[] {
  if (enabled === undefined || isEnabled(now.enabled) === enabled) return [];
  return [enabled ? 'enable' : 'disable'];
}

function planState({ state }: Args, { active }: Seen): readonly Verb[] {
  switch (state) {
    case 'started':
      return isUp(active) ? [] : ['start'];
    case 'stopped':
      return isUp(active) ? ['stop'] : [];
    case 'restarted':
      return [isUp(active) ? 'restart' : 'start'];
    default:
      return [];
  }
}

function refuse({ name, state, enabled }: Args, now: Seen): Failure | null {
  const unit = unitOf(name);
  if (!now.loaded && now.enabled !== 'masked') {
    return refused(
      'no-such-unit',
      `this host has no unit ${unit}`,
      'see: systemctl list-unit-files',
    );
  }
  const isWanted = enabled === true || (state !== undefined && state !== 'stopped');
  if (now.enabled === 'masked' && isWanted) {
    return refused('unit-masked', `${unit} is masked`, `see why; then: systemctl unmask ${unit}`);
  }
  if (enabled === true && !isEnabled(now.enabled) && now.enabled !== 'disabled') {
    const message = `${unit} cannot be enabled: it is ${now.enabled || 'in no such state'}`;
    return refused('cannot-be-enabled', message, 'leave `enabled` out');
  }
  return null;
}

function isUp(active: string): boolean {
  return ['active', 'activating', 'reloading'].includes(active);
}

function isEnabled(state: string): boolean {
  return ['enabled', 'enabled-runtime', 'alias'].includes(state);
}

function unitOf(name: string): string {
  return name.includes('.') ? name : `${name}.service`;
}
