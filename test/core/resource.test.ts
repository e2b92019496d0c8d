import { describe, expect, it } from 'vitest';
import { alteredBy, serviceEffects } from '../../src/core/change.js';
import { touches } from '../../src/core/resource.js';

describe('what a pending change touches', () => {
  const path = (name: string) => ({ kind: 'path', path: name }) as const;

  it('is the path itself, what lies in it and what holds it', () => {
    expect(touches(path('/a/b'), path('/a/b'))).toBe(true);
    expect(touches(path('/a/b'), path('/a/b/c'))).toBe(true);
    expect(touches(path('/a/b'), path('/a'))).toBe(true);
    expect(touches(path('/a/b'), path('/a/bc'))).toBe(false);
  });

  it('is not a directory itself where something deep in it is altered, only where it is moved', () => {
    const entry = (name: string) => ({ kind: 'entry', path: name }) as const;
    expect(touches(path('/a/b/c'), entry('/a/b'))).toBe(false);
    expect(touches(path('/a'), entry('/a/b'))).toBe(true);
    expect(touches(entry('/a/b'), entry('/a/b'))).toBe(true);
    expect(touches(entry('/a/b'), entry('/a'))).toBe(false);
    expect(touches(entry('/a/b'), path('/a/b/c'))).toBe(false);
  });

  it('is one process and not another', () => {
    const etcd = { kind: 'process', name: 'etcd' } as const;
    expect(touches(etcd, etcd)).toBe(true);
    expect(touches(etcd, { kind: 'process', name: 'kubelet' })).toBe(false);
    expect(touches(etcd, { kind: 'etcd' })).toBe(false);
  });

  it('is any process where a service is told something, and its unit by name', () => {
    const [unit, processes, ports, etcd] = serviceEffects('kubelet.service');
    if (!unit || !processes || !ports || !etcd) throw new Error('a service has four effects');
    expect(touches(processes, { kind: 'process', name: 'etcd' })).toBe(true);
    expect(touches(processes, path('/a'))).toBe(false);
    expect(touches(unit, { kind: 'unit', name: 'kubelet.service' })).toBe(true);
    expect(touches(unit, { kind: 'unit', name: 'other.service' })).toBe(false);
    expect(touches(unit, { kind: 'process', name: 'kubelet.service' })).toBe(false);
    expect(touches(ports, { kind: 'ports' }) && touches(etcd, { kind: 'etcd' })).toBe(true);
  });

  it('is everything for a command that says nothing else', () => {
    expect(touches({ kind: 'everything' }, { kind: 'ports' })).toBe(true);
  });

  it('names both ends of a rename and its further effects', () => {
    const effects = [{ kind: 'process', name: 'etcd' }] as const;
    expect(alteredBy({ kind: 'rename', from: '/a', to: '/b', effects })).toEqual([
      path('/a'),
      path('/b'),
      { kind: 'process', name: 'etcd' },
    ]);
  });
});
