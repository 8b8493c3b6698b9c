// The Python of the parity tests: PyTorch and numpy, as `npm run setup` installs them.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './process';

/** The interpreter: PSE_PYTHON, or the one in .venv. */
export function findPython(): string {
  const asked = process.env.PSE_PYTHON;
  const python = asked ?? join(ROOT, '.venv/bin/python');
  if (!existsSync(python)) {
    throw new Error(
      asked === undefined
        ? `there is no ${python}: run \`npm run setup\`, or set PSE_PYTHON to a Python with torch and numpy`
        : `PSE_PYTHON names ${asked}, which is not there`,
    );
  }
  return python;
}

/** Runs a script to its end and resolves to what it printed; a bad end rejects with what it printed to stderr. */
export async function runPython(script: string, args: readonly string[]): Promise<string> {
  // Two threads: the tests of other files run beside it.
  const env = { ...process.env, OMP_NUM_THREADS: '2', PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await promisify(execFile)(findPython(), [script, ...args], {
    env,
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout;
}
