// How many threads LibTorch uses: as many as the process may keep busy, unless somebody says otherwise.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { readNumber } from '../arguments/number';
import { addon } from './addon';

/** OpenMP ends the process where it cannot start all that it was asked for. */
const MOST = 1024;

/**
 * Sets how many threads compute, from the next call on; of the whole process, workers included. May be called before
 * LibTorch is loaded.
 *
 * @param n an integer from 1 to 1024
 * @throws ERR_PSE_TYPE, ERR_PSE_RANGE; ERR_PSE_NOT_BUILT
 *
 * @example
 * ```ts
 * import { getNumThreads, setNumThreads } from 'pse-loss';
 *
 * setNumThreads(2);
 * console.log(getNumThreads()); // 2
 * ```
 */
export function setNumThreads(n: number): void {
  const count = readNumber('setNumThreads', 'n', n, { min: 1, max: MOST, integer: true });
  addon().setThreads(count);
}

/**
 * How many threads compute. Unless it was set: `OMP_NUM_THREADS` if that is a number, else the smaller of the processors
 * that the process may run on and its control group's `cpu.max`, rounded up.
 */
export function getNumThreads(): number {
  return addon().threads() || defaultThreads();
}

/** Makes the default count, when LibTorch is opened. */
export function applyThreads(): void {
  if (addon().threads() === 0) addon().setThreads(defaultThreads());
}

let known: number | undefined;

function defaultThreads(): number {
  known ??= threadsFrom({
    variable: process.env.OMP_NUM_THREADS,
    processors: availableParallelism(),
    quotas: readQuotas(),
  });
  return known;
}

/** What decides how many threads there are. */
export interface ThreadSources {
  /** OMP_NUM_THREADS: '4', or '4,2' for nested regions */
  readonly variable: string | undefined;
  readonly processors: number;
  /** the texts of cpu.max, of the control group and those above it: 'max 100000', '150000 100000' */
  readonly quotas: readonly string[];
}

/** From these sources, at least 1. */
export function threadsFrom({ variable, processors, quotas }: ThreadSources): number {
  const wanted = Number(variable?.split(',')[0]);
  if (Number.isInteger(wanted) && wanted >= 1) return Math.min(wanted, MOST);
  const limits = quotas.map((text) => {
    const [quota, period] = text.trim().split(/\s+/).map(Number);
    return Math.ceil((quota as number) / (period as number));
  });
  return Math.max(1, Math.min(processors, ...limits.filter((limit) => limit >= 1)));
}

/** Of a machine without control groups there are none. */
function readQuotas(): string[] {
  const mount = '/sys/fs/cgroup';
  const own = read('/proc/self/cgroup')?.match(/^0::(\S+)/m)?.[1] ?? '/';
  const quotas: string[] = [];
  for (let group = own; ; group = dirname(group)) {
    const text = read(join(mount, group, 'cpu.max'));
    if (text !== undefined) quotas.push(text);
    if (group === dirname(group)) return quotas;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
