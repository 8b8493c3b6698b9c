// Where a run took place: enough to compare two reports.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { libtorch } from '../native/libtorch/libtorch';

export interface Machine {
  readonly package: string;
  readonly node: string;
  readonly libtorch: string;
  readonly processor: string;
  readonly threads: number;
  readonly system: string;
}

/** The machine, once LibTorch is open. */
export function describeMachine(): Machine {
  const { version, variant, source } = libtorch;
  return {
    package: packageVersion(),
    node: process.version,
    libtorch:
      version === undefined ? 'not loaded' : `${version} (${variant}, ${source && FOUND[source]})`,
    processor: cpus()[0]?.model.trim() || process.arch,
    threads: availableParallelism(),
    system: `${type()} ${release()} ${process.arch}`,
  };
}

const FOUND: { readonly [S in NonNullable<typeof libtorch.source>]: string } = {
  argument: 'named by the caller',
  process: 'already in the process',
  environment: 'named by PSE_LIBTORCH',
  recorded: 'the one it was built against',
  package: 'of the npm package',
  python: 'of the active Python environment',
};

/** The version in package.json, two folders above both lib/cli and dist/cli. */
export function packageVersion(): string {
  const file = join(__dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
