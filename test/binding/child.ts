// Runs a script in a Node process of its own, against the built package (dist/), and tells how it ended.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');
export const RELEASE = join(ROOT, 'build', 'Release');

/** How a child ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** A batch on which the loss takes a while: `work(n)` computes it for n images of 320 × 320. */
export const WORK = `
  const { PSELoss } = require('pse-loss');
  const array = (type, ...shape) => ({ data: new type(shape.reduce((a, b) => a * b, 1)).fill(1), shape });
  const work = (images, size = 320) => new PSELoss().valueAndGradSync(array(Float32Array, images, 7, size / 4, size / 4), {
    gtTexts: array(Uint8Array, images, size, size),
    gtKernels: array(Uint8Array, images, 6, size, size),
    trainingMasks: array(Uint8Array, images, size, size),
  });
`;

/** Runs `script` as CommonJS at the root of the package, where 'pse-loss' means the package itself. */
export function runNode(script: string, env: NodeJS.ProcessEnv = {}): Promise<Ending> {
  if (!existsSync(join(ROOT, 'dist', 'index.js'))) {
    throw new Error('dist/ is not built: run `npm run setup`');
  }
  return run(process.execPath, ['-e', script], env);
}

/** Runs a program to its end; a child that hangs is killed after 60 s. */
export function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ending> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      timeout: 60_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, milliseconds: performance.now() - begin });
    });
  });
}
