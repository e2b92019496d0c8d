import { HALF_PAIR, PHASES } from './phases.js';
import type { Shape } from './shape.js';

/** As many places for data as three hosts can have; CI tells a part of its story. */
export const MANY_PLACES: Shape = {
  is: 'a mount point; a link and a WAL on a disk of its own; another owner, other ports and a WAL directory',
  lab: {
    hosts: {
      cp1: { data: 'mount' },
      cp2: { data: 'link', wal: 'mount' },
      cp3: {
        owner: { uid: 994, gid: 992 },
        ports: { client: 12379, peer: 12380, metrics: 12381, apiserver: 16443 },
        wal: 'directory',
      },
    },
  },
  phases: [...PHASES, ...HALF_PAIR],
};
