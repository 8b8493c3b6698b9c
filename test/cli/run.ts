// Runs the built command line in a process of its own, in a folder that is thrown away.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');
export const MAIN = join(ROOT, 'dist', 'cli', 'main.js');

/** How a run ended. */
export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** the working directory */
  readonly cwd: string;
  /** sees everything that came on stderr so far, each time that more comes */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

/** `pse-loss …args` */
export function pseLoss(args: readonly string[], options: RunOptions): Promise<Ending> {
  return run(process.execPath, [MAIN, ...args], options);
}

/** Runs a program to its end; one that hangs is killed after 110 s. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, onStderr }: RunOptions,
): Promise<Ending> {
  if (!existsSync(MAIN)) throw new Error('dist/ is not built: run `npm run setup`');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, timeout: 110_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onStderr?.(stderr, child);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
