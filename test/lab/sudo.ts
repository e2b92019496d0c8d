import { chmodSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostShape } from './shape.js';
import type { Toolbox } from './toolbox.js';

/** What ops types when sudo asks. It opens nothing but the hosts of labs. */
export const OPS_PASSWORD = 'lab password of ops';
/** Made with `openssl passwd -6 -salt runbacklab`. */
export const OPS_PASSWORD_HASH =
  '$6$runbacklab$H47SRFDWTGJ3iS86J3S6nwg..PWNHzfNrDd46BwFfMqQ/QjXbYS8QtFU3JX7FaWRT3hO4wsoRbn/z3yLV.n1d0';

/** As Debian has it, use_pty too; with a log, and a user who is not asked. */
const SUDOERS = `Defaults env_reset
Defaults use_pty
Defaults logfile=/var/log/sudo.log
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
%sudo ALL=(ALL:ALL) ALL
deploy ALL=(ALL:ALL) NOPASSWD: ALL
@includedir /etc/sudoers.d
`;

const PAM = `@include common-auth
@include common-account
@include common-session-noninteractive
`;

/**
 * sudo for one host. One that was fetched is copied: it must be root's and setuid, and it looks for its
 * own libraries below /usr/libexec, which becomes a tree of the host.
 */
export function makeSudo(host: HostShape, { sudo }: Toolbox): void {
  const etc = join(host.root, 'etc');
  mkdirSync(join(etc, 'sudoers.d'), { recursive: true });
  writeFileSync(join(etc, 'sudoers'), SUDOERS, { mode: 0o440 });
  writeFileSync(join(etc, 'pam.d/sudo'), PAM);
  if (sudo.folder === undefined) return;
  const program = join(host.root, 'usr/local/bin/sudo');
  copyFileSync(sudo.path, program);
  chmodSync(program, 0o4755);
  cpSync(join(sudo.folder, 'usr/libexec/sudo'), join(host.root, 'usr/libexec/sudo'), {
    recursive: true,
    verbatimSymlinks: true,
  });
}
