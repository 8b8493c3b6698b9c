// The LibTorch of this process: found once, opened once, on the event loop's threads or right here.
import { realpathSync } from 'node:fs';
import type { OpenReport, OpenRequest } from '../../../binding.gyp';
import { readOptions } from '../../arguments/choice';
import { describe } from '../../arguments/describe';
import { mismatch, pseError } from '../../errors';
import { addon } from '../addon';
import { rethrow } from '../failure';
import { applyThreads } from '../threads';
import { findLibTorch, type LibTorchChoice } from './find';
import { type LibTorchSource, libraryFolder } from './sources';

const LOAD = 'libtorch.load';

interface Opened {
  readonly report: OpenReport;
  readonly choice: LibTorchChoice;
}

let opened: Opened | undefined;
let opening: Promise<void> | undefined;

/** Opens LibTorch on the calling thread, unless it is open. `call` is named in the error. */
export function openSync(call: string): void {
  if (opened !== undefined) return;
  const native = addon();
  const choice = findLibTorch();
  try {
    opened = { report: native.openSync(request(choice)), choice };
  } catch (error) {
    rethrow(call, error);
  }
  applyThreads();
}

/** The same on another thread. */
export function openPromised(call: string): Promise<void> {
  return openFor(call, undefined);
}

async function openFor(call: string, directory: string | undefined): Promise<void> {
  while (opened === undefined) {
    if (opening === undefined) {
      opening = open(call, directory).finally(() => {
        opening = undefined;
      });
      await opening;
    } else {
      // How somebody else's request fails is not the answer to this one.
      await opening.catch(() => {});
    }
  }
}

/**
 * The LibTorch in use. Everything but `load` and `loaded` is undefined until it is loaded, which the first call that
 * needs it does by itself.
 *
 * @example
 * ```ts
 * import { libtorch } from 'pse-loss';
 *
 * async function main() {
 *   await libtorch.load();
 *   console.log(libtorch.version, libtorch.variant, libtorch.source); // 2.13.0+cpu cpu …
 * }
 * main();
 * ```
 */
export const libtorch = Object.freeze({
  /**
   * Finds LibTorch and opens it on another thread; takes about 0.2 s for a CPU LibTorch. A second call waits for the first.
   *
   * @param options `directory`: the folder of libtorch_cpu.so, or the one above it; without it the first of: a LibTorch
   * already in the process, `PSE_LIBTORCH`, the one that `npm run setup` recorded, the npm package that carries one,
   * the torch of an active Python environment
   * @throws ERR_PSE_TYPE, ERR_PSE_OPTION for arguments; ERR_PSE_LIBTORCH_NOT_FOUND, ERR_PSE_LIBTORCH_VERSION,
   * ERR_PSE_NOT_BUILT, ERR_PSE_CONFLICT, ERR_PSE_CUDA
   */
  async load(options: { readonly directory?: string | undefined } = {}): Promise<void> {
    const directory = readDirectory(options);
    await openFor(LOAD, directory);
    if (directory !== undefined) refuseOther(directory, (opened as Opened).report.directory);
  },
  /** Whether a LibTorch is open. */
  get loaded(): boolean {
    return opened !== undefined;
  },
  /** The release: `'2.13.0+cpu'`. */
  get version(): string | undefined {
    return opened?.choice.version;
  },
  /** `'cpu'`, or the CUDA release it was built for: `'cu130'`. */
  get variant(): LibTorchChoice['variant'] | undefined {
    return opened?.choice.variant;
  },
  /** The folder of its libraries. */
  get directory(): string | undefined {
    return opened?.report.directory;
  },
  /** Who named it. */
  get source(): LibTorchSource | undefined {
    return opened?.choice.source;
  },
});

function readDirectory(options: unknown): string | undefined {
  const { directory } = readOptions(LOAD, 'options', options, ['directory']);
  if (directory === undefined || typeof directory === 'string') return directory;
  throw mismatch('ERR_PSE_TYPE', {
    call: LOAD,
    argument: 'options.directory',
    requirement: 'the path of a folder',
    got: describe(directory),
  });
}

async function open(call: string, directory: string | undefined): Promise<void> {
  const native = addon();
  const choice = findLibTorch(directory);
  try {
    opened = { report: await native.open(request(choice)), choice };
  } catch (error) {
    rethrow(call, error);
  }
  applyThreads();
}

/** A LibTorch that was asked for by name and is not the one in use is an error, not a wish. */
function refuseOther(directory: string, loaded: string): void {
  const wanted = libraryFolder(directory);
  if (wanted !== undefined && realpathSync(wanted) === realpathSync(loaded)) return;
  throw pseError(
    'ERR_PSE_CONFLICT',
    `${LOAD}: a process has one LibTorch, and it is ${loaded}; ${directory} cannot be opened beside it`,
  );
}

function request(choice: LibTorchChoice): OpenRequest {
  return {
    directory: choice.directory,
    operators: choice.operators,
    ...(choice.cudaOperators === undefined ? {} : { cudaOperators: choice.cudaOperators }),
    cuda: process.env.PSE_DEVICE !== 'cpu',
  };
}
