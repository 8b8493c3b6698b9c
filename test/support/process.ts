// Programs in processes of their own, and how they end. A child that hangs is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The project folder, and what its set-up builds. */
export const ROOT = join(__dirname, '../..');
export const RELEASE = join(ROOT, 'build/Release');

/** How a child ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** A child, and how it will end. */
export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ending>;
}

export interface RunOptions {
  /** the working directory @default ROOT */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** milliseconds @default 110 000 */
  readonly timeout?: number;
  /** sees everything that came on stderr so far, each time that more comes */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

export function start(
  program: string,
  args: readonly string[],
  { cwd = ROOT, env = process.env, timeout = 110_000, onStderr }: RunOptions = {},
): Child {
  const begin = performance.now();
  const child = spawn(program, args, { cwd, env, timeout });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(stderr, child);
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, milliseconds: performance.now() - begin });
    });
  });
  return { process: child, ended };
}

/** Runs a program to its end. */
export function run(
  program: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<Ending> {
  return start(program, args, options).ended;
}

/** A file of the built package, or an error that says how to build it. */
export function built(file: string): string {
  const path = join(ROOT, 'dist', file);
  if (!existsSync(path)) throw new Error('dist/ is not built: run `npm run setup`');
  return path;
}

/** Runs a script as CommonJS at the root of the package, where 'pse-loss' means the built package itself. */
export function runNode(script: string, env: NodeJS.ProcessEnv = {}): Promise<Ending> {
  built('index.js');
  return run(process.execPath, ['-e', script], { env: { ...process.env, ...env } });
}
