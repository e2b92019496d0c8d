import { shape } from './shape.js';

shape('stacked', { is: 'three hosts as kubeadm makes them' });

shape('stacked35', { is: 'the same with an etcd that raises the revision', lab: { etcd: '3.5' } });
