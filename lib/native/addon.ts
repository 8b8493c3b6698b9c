// The compiled addon: this file alone loads it. It links no LibTorch, so loading it takes milliseconds.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Addon } from '../../binding.gyp';
import { pseError } from '../errors';

// lib/native and dist/native lie equally deep below the package.
const PACKAGE = join(__dirname, '..', '..');
const BUILT = join(PACKAGE, 'build', 'Release', 'pse_loss.node');

let loaded: Addon | undefined;

/** The addon. Throws ERR_PSE_NOT_BUILT where there is none for this machine, or it does not load. */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

/** The folder of the addon: the operator libraries and the record of LibTorch lie beside it. */
export function addonDirectory(): string {
  return dirname(BUILT);
}

function load(): Addon {
  if (!existsSync(BUILT)) {
    throw pseError(
      'ERR_PSE_NOT_BUILT',
      `pse-loss: no compiled addon for ${process.platform}-${process.arch} at ${BUILT}; in a clone, \`npm run setup\` builds it`,
    );
  }
  try {
    return require(BUILT) as Addon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw pseError(
      'ERR_PSE_NOT_BUILT',
      `pse-loss: the compiled addon does not load on Node ${process.versions.node}: ${reason}`,
      cause,
    );
  }
}
