export interface ContainerTools {
  /** Where containerd, ctr, its shim and runc were unpacked. */
  readonly folder: string;
  /** A static program that only waits: what a sandbox runs. */
  readonly pause: string;
  /** The CRI's api.proto. */
  readonly criFile: string;
}

export function containerTools(): Promise<ContainerTools>;
