// Chooses a LibTorch: the first place whose release we have operators for. C++ on LibTorch breaks with every
// minor release, so a library of operators exists for each, and the release is read before anything is opened.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pseError } from '../../errors';
import { addonDirectory } from '../addon';
import { type LibTorchSource, type Place, places } from './sources';

/** A LibTorch to be opened, and the operators that fit it. */
export interface LibTorchChoice {
  readonly source: LibTorchSource;
  /** the folder of libtorch_cpu.so */
  readonly directory: string;
  /** '2.13.0+cpu', as the folder says */
  readonly version: string;
  readonly variant: 'cpu' | `cu${number}`;
  /** libpse_ops-<minor>.so */
  readonly operators: string;
  /** libpse_cuda-<minor>-cu<major>.so, where there is one */
  readonly cudaOperators: string | undefined;
}

/** Throws ERR_PSE_LIBTORCH_NOT_FOUND or ERR_PSE_LIBTORCH_VERSION, naming every place that was asked. */
export function findLibTorch(directory?: string): LibTorchChoice {
  const minors = builtMinors();
  if (minors.length === 0) {
    throw pseError(
      'ERR_PSE_NOT_BUILT',
      `pse-loss: no libpse_ops-<release>.so in ${addonDirectory()}; in a clone, \`npm run setup\` builds it`,
    );
  }
  const refused: string[] = [];
  let unfit = false;
  for (const place of places(directory)) {
    const version = place.directory === undefined ? undefined : readVersion(place.directory);
    const minor = version?.match(/^\d+\.\d+/)?.[0];
    if (place.directory !== undefined && version !== undefined && minor !== undefined) {
      if (minors.includes(minor)) return choose(place.source, place.directory, version, minor);
      unfit = true;
    }
    refused.push(`${place.origin}: ${reason(place, version, minors)}`);
    if (place.binding) break;
  }
  throw pseError(
    unfit ? 'ERR_PSE_LIBTORCH_VERSION' : 'ERR_PSE_LIBTORCH_NOT_FOUND',
    `pse-loss: no LibTorch ${minors.join(' or ')} found (${refused.join('; ')}); set PSE_LIBTORCH to the folder of one, or run \`npm run setup\` in a clone`,
  );
}

/** The releases that operators were built for: ['2.13'] */
function builtMinors(): string[] {
  if (!existsSync(addonDirectory())) return [];
  return readdirSync(addonDirectory())
    .map((name) => name.match(/^libpse_ops-(\d+\.\d+)\.so$/)?.[1])
    .filter((minor) => minor !== undefined)
    .sort();
}

function choose(
  source: LibTorchSource,
  directory: string,
  version: string,
  minor: string,
): LibTorchChoice {
  const cuda = readdirSync(addonDirectory()).find((name) =>
    name.startsWith(`libpse_cuda-${minor}-`),
  );
  return {
    source,
    directory,
    version,
    variant: readVariant(directory, version),
    operators: join(addonDirectory(), `libpse_ops-${minor}.so`),
    cudaOperators: cuda === undefined ? undefined : join(addonDirectory(), cuda),
  };
}

/** A wheel says it in version.py, with the variant; the zip and the wheel both in a file of CMake's. */
function readVersion(directory: string): string | undefined {
  const root = dirname(directory);
  return (
    match(join(root, 'version.py'), /^__version__ = '([^']+)'/m) ??
    match(join(root, 'build-version'), /^(\S+)/) ??
    match(
      join(root, 'share', 'cmake', 'Torch', 'TorchConfigVersion.cmake'),
      /PACKAGE_VERSION "([^"]+)"/,
    )
  );
}

function readVariant(directory: string, version: string): LibTorchChoice['variant'] {
  if (!existsSync(join(directory, 'libtorch_cuda.so'))) return 'cpu';
  const digits =
    version.match(/\+cu(\d+)/)?.[1] ??
    match(join(dirname(directory), 'version.py'), /^cuda[^=]*= '([\d.]+)'/m)?.replaceAll('.', '');
  return `cu${Number(digits ?? 0)}`;
}

function reason(place: Place, version: string | undefined, minors: readonly string[]): string {
  if (place.directory === undefined) return place.absent ?? 'nothing';
  if (version === undefined) return `${place.directory} does not say its release`;
  return `${place.directory} is LibTorch ${version}, operators are built for ${minors.join(', ')}`;
}

function match(file: string, pattern: RegExp): string | undefined {
  try {
    return readFileSync(file, 'utf8').match(pattern)?.[1];
  } catch {
    return undefined;
  }
}
