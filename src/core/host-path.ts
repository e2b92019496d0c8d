/** Paths on a host are POSIX whatever the controller is; these never touch a disk. */
export function parentOf(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut <= 0 ? '/' : path.slice(0, cut);
}

/** Every directory above a path, outermost first, without the root. */
export function ancestorsOf(path: string): readonly string[] {
  const parent = parentOf(path);
  return parent === '/' ? [] : [...ancestorsOf(parent), parent];
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function join(directory: string, name: string): string {
  return directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}

export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** Absolute, no `.` or `..`, no doubled or trailing slash, no NUL or line break. */
export function isCleanAbsolute(path: string): boolean {
  if (path === '/') return true;
  if (!path.startsWith('/') || /[\0\n\r]/.test(path)) return false;
  return path
    .slice(1)
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..');
}
