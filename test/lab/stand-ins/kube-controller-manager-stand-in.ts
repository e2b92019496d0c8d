import { flag } from './flags.js';
import { serve } from './serving.js';

/* A stand-in for kube-controller-manager: it only exists, and says that it is well. */
serve(
  {
    host: flag('--bind-address', '127.0.0.1'),
    port: Number(flag('--secure-port', '10257')),
    cert: '/opt/lab/serving.crt',
    key: '/opt/lab/serving.key',
  },
  () => undefined,
);
