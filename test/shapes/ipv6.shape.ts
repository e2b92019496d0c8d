import { shape } from './shape.js';

shape('ipv6', {
  is: 'IPv6 alone, from ssh to the members’ URLs; one host with other ports',
  lab: {
    ip: 6,
    etcd: '3.5',
    hosts: { cp2: { ports: { client: 12379, peer: 12380, metrics: 12381, apiserver: 16443 } } },
  },
});
