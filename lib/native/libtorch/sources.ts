// The places where a LibTorch may lie, in the order in which they are asked.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { addon, addonDirectory } from '../addon';

/** Who named a LibTorch. */
export type LibTorchSource =
  | 'argument'
  | 'process'
  | 'environment'
  | 'recorded'
  | 'package'
  | 'python';

/** A place that was named, and by whom. */
export interface Place {
  readonly source: LibTorchSource;
  /** in words: what named it */
  readonly origin: string;
  /** the folder that should hold libtorch_cpu.so, or why there is none */
  readonly directory: string | undefined;
  readonly absent?: string;
  /** nothing else may be taken instead: it was asked for by name, or is in the process already */
  readonly binding: boolean;
}

/** All places, first come first served. */
export function* places(argument?: string): Generator<Place> {
  yield* fromProcess();
  if (argument !== undefined) yield named('argument', 'libtorch.load({ directory })', argument);
  const variable = process.env.PSE_LIBTORCH;
  if (variable) yield named('environment', 'PSE_LIBTORCH', variable);
  yield fromRecord();
  yield fromPackage();
  yield* fromPython();
}

/** A second LibTorch cannot be opened beside the first, so what is in the process decides. */
function* fromProcess(): Generator<Place> {
  const directory = addon().loadedLibTorch();
  if (directory === undefined) return;
  yield { source: 'process', origin: 'already in the process', directory, binding: true };
}

/** The folder of the libraries that a person means: the one that is named, or `lib` below it. */
export function libraryFolder(path: string): string | undefined {
  const folder = resolve(path);
  return [folder, join(folder, 'lib')].find(holdsLibTorch);
}

function named(source: LibTorchSource, origin: string, path: string): Place {
  const directory = libraryFolder(path);
  return directory === undefined
    ? { source, origin, directory, absent: `${path} holds no libtorch_cpu.so`, binding: true }
    : { source, origin, directory, binding: true };
}

/** `{ directory }` in libtorch.json beside the addon: what `npm run setup` built against. */
function fromRecord(): Place {
  const record = join(addonDirectory(), 'libtorch.json');
  const place = { source: 'recorded', origin: record, binding: false } as const;
  let directory: unknown;
  try {
    directory = (JSON.parse(readFileSync(record, 'utf8')) as { directory?: unknown }).directory;
  } catch {
    return { ...place, directory: undefined, absent: 'no such record' };
  }
  if (typeof directory === 'string' && holdsLibTorch(directory)) return { ...place, directory };
  return { ...place, directory: undefined, absent: `${directory} holds no libtorch_cpu.so` };
}

function fromPackage(): Place {
  const name = `@pse-loss/libtorch-${process.platform}-${process.arch}`;
  const place = { source: 'package', origin: name, binding: false } as const;
  try {
    const directory = join(dirname(require.resolve(`${name}/package.json`)), 'lib');
    if (holdsLibTorch(directory)) return { ...place, directory };
    return { ...place, directory: undefined, absent: `${directory} holds no libtorch_cpu.so` };
  } catch {
    return { ...place, directory: undefined, absent: 'not installed' };
  }
}

/** The torch of an activated Python environment. */
function* fromPython(): Generator<Place> {
  for (const variable of ['VIRTUAL_ENV', 'CONDA_PREFIX'] as const) {
    const environment = process.env[variable];
    if (!environment) continue;
    const directory = siteTorch(environment);
    yield directory === undefined
      ? {
          source: 'python',
          origin: variable,
          directory,
          absent: `${environment} has no torch`,
          binding: false,
        }
      : { source: 'python', origin: variable, directory, binding: false };
  }
}

function siteTorch(environment: string): string | undefined {
  const library = join(environment, 'lib');
  let versions: string[];
  try {
    versions = readdirSync(library).filter((name) => name.startsWith('python3'));
  } catch {
    return undefined;
  }
  return versions
    .map((version) => join(library, version, 'site-packages', 'torch', 'lib'))
    .find(holdsLibTorch);
}

function holdsLibTorch(directory: string): boolean {
  try {
    return statSync(join(directory, 'libtorch_cpu.so')).isFile();
  } catch {
    // Also a name that no file can have, and a folder that may not be read.
    return false;
  }
}
