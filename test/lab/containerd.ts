import { cpSync, existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAUSE_IMAGE } from './images.js';
import type { HostShape, LabShape } from './shape.js';
import { type Toolbox, toolMountOf } from './toolbox.js';
import { untilTrue } from './until.js';

/** Where a host's containers are counted; the hosts of all labs share the machine's hierarchy. */
export function cgroupOf(host: HostShape): string {
  return `/${host.namespace}`;
}

/** containerd as a kubeadm host has it, with what this machine needs: see README.md. */
export function makeContainerd(host: HostShape, { containers }: Toolbox): void {
  if (containers === undefined) return;
  const bin = join(toolMountOf(containers.folder), 'usr');
  mkdirSync(join(host.root, 'etc/containerd'));
  const config = [
    'version = 2',
    'root = "/var/lib/containerd"',
    'state = "/run/containerd"',
    'disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing"]',
    '[grpc]',
    '  address = "/run/containerd/containerd.sock"',
    '[plugins."io.containerd.grpc.v1.cri"]',
    `  sandbox_image = "${PAUSE_IMAGE}"`,
    '  restrict_oom_score_adj = true',
    '  disable_apparmor = true',
    '[plugins."io.containerd.grpc.v1.cri".cni]',
    '  bin_dir = "/usr/lib/cni"',
    '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]',
    '  runtime_type = "io.containerd.runc.v2"',
    '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]',
    `  BinaryName = "${bin}/sbin/runc"`,
    '',
  ];
  writeFileSync(join(host.root, 'etc/containerd/config.toml'), config.join('\n'));
  writeFileSync(join(host.root, 'etc/crictl.yaml'), CRICTL);
  // hostNetwork pods get a copy of it, and will not start without one.
  writeFileSync(join(host.root, 'etc/resolv.conf'), '# a lab has no name server\n');
  cpSync(containers.criFile, join(host.root, 'opt/lab/components/cri-api.proto'));
  const program = (name: string, text: string) =>
    writeFileSync(join(host.root, 'usr/local/bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program('ctr', `exec ${bin}/bin/ctr "$@"`);
  program('crictl', 'exec /opt/lab/components/node /opt/lab/components/crictl-stand-in.cjs "$@"');
}

const CRICTL = `runtime-endpoint: unix:///run/containerd/containerd.sock
image-endpoint: unix:///run/containerd/containerd.sock
timeout: 10
debug: false
`;

/** What ended with its host left its control groups behind: empty ones, in every hierarchy. */
export async function removeCgroups(host: HostShape): Promise<void> {
  const hierarchies = existsSync(CGROUPS) ? readdirSync(CGROUPS) : [];
  const tops = ['', ...hierarchies].map((name) => join(CGROUPS, name, cgroupOf(host)));
  for (const top of tops.filter((path) => existsSync(path))) {
    const inside = readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort((a, b) => b.length - a.length);
    for (const folder of [...inside, top]) {
      await untilTrue(`an empty ${folder}`, EMPTY_MS_MAX, () => {
        rmdirSync(folder);
        return true;
      });
    }
  }
}

const CGROUPS = '/sys/fs/cgroup';
const EMPTY_MS_MAX = 5_000;

/** What host-init.sh is told of containers; all empty in a lab of processes. */
export function containerEnvironment(
  { options }: LabShape,
  host: HostShape,
  { containers }: Toolbox,
  images: string,
): NodeJS.ProcessEnv {
  return {
    LAB_RUNTIME: options.runtime,
    LAB_CONTAINERD: containers === undefined ? '' : toolMountOf(containers.folder),
    LAB_IMAGES: images,
    LAB_CGROUP: cgroupOf(host),
  };
}
