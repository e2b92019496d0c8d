export function buildProduct(): Promise<void>;
export function buildLab(): Promise<void>;
export function buildStandIns(): Promise<void>;
