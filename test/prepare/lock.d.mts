/** Runs `work` while this process alone holds the lock folder `folder`; a dead holder's is taken over. */
export function alone<T>(folder: string, work: () => Promise<T> | T): Promise<T>;
