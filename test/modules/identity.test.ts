import { expect, it } from 'vitest';
import { clusterId, memberId } from '../../src/modules/etcd/identity.js';

it('predicts the ids of etcd’s own default, as every etcd that was started without flags has them', () => {
  const id = memberId(['http://localhost:2380'], 'etcd-cluster');
  expect(id).toBe('8e9e05c52164694d');
  expect(clusterId([id])).toBe('cdf818194e3a8c32');
});

it('does not depend on the order of URLs or of members', () => {
  expect(memberId(['https://b:2380', 'https://a:2380'], 't')).toBe(
    memberId(['https://a:2380', 'https://b:2380'], 't'),
  );
  const ids = ['ff', '1', '8e9e05c52164694d'];
  expect(clusterId(ids)).toBe(clusterId(ids.toReversed()));
});

it('gives another cluster for another token', () => {
  expect(memberId(['https://a:2380'], 'one')).not.toBe(memberId(['https://a:2380'], 'two'));
});
