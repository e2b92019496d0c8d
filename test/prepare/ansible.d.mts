/** Ansible's own programs, for the machine's Python with `path` as PYTHONPATH. Throws where they cannot run. */
export function ansible(): Promise<{ readonly python: string; readonly path: string }>;
