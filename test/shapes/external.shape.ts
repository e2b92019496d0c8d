import { UNIT_PHASES } from './phases.js';
import { shape } from './shape.js';

shape('external', {
  is: 'etcd from a unit of systemd on hosts of its own, as kubespray has it',
  lab: { topology: 'external' },
  phases: UNIT_PHASES,
});

shape('beside', {
  is: 'etcd from a unit of systemd beside the API servers, and an etcd that raises the revision',
  lab: { topology: 'beside', etcd: '3.5' },
  phases: UNIT_PHASES,
});
