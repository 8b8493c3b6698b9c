// A worker thread that runs modules of lib/ as they are written: TypeScript, compiled as it is loaded.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const ROOT = join(__dirname, '../..');

/** `lib(name)` in the worker is a module of lib/, `parentPort` the way back. */
const PRELUDE = `
  const { parentPort } = require('node:worker_threads');
  const { transformFileSync } = require(${JSON.stringify(join(ROOT, 'node_modules/@swc/core'))});
  require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, {
    swcrc: false,
    module: { type: 'commonjs' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  }).code, file);
  const lib = (name) => require(${JSON.stringify(join(ROOT, 'lib'))} + '/' + name);
`;

/** What a worker answers to a message; `source` hears it in `parentPort`. */
export async function askWorker(
  source: string,
  message: unknown,
  transfer: readonly ArrayBuffer[] = [],
): Promise<unknown> {
  const worker = new Worker(PRELUDE + source, { eval: true });
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(message, [...transfer]);
    });
  } finally {
    await worker.terminate();
  }
}
