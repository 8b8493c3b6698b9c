// A machine and a clone that are thrown away: the project's scripts in a folder whose name has a space, and a PATH with
// nothing on it but stand-ins for the tools (fake-tool.sh). So set-up can be watched from a clean clone on.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../../scripts/run-command.mjs';
import { projectFiles } from '../../../scripts/sources.mjs';

const TOOLS = ['python3', 'c++', 'cmake', 'ninja', 'npm'] as const;

/** How a command ended, and the tools that it called, one line each. */
export interface Ending {
  readonly code: number | null;
  readonly output: string;
  readonly called: readonly string[];
}

export interface Machine {
  /** the clone */
  readonly project: string;
  /** Writes a file of the clone. */
  write(file: string, text?: string): void;
  /** Puts a tool on the PATH, or takes it away. */
  add(tool: string): void;
  take(tool: string): void;
  /** `node scripts/<script>`; `variables` go to the script and to the stand-ins. */
  run(script: string, args?: readonly string[], variables?: NodeJS.ProcessEnv): Promise<Ending>;
  /** The same, ended by a signal as soon as a tool hangs (FAKE_HANG). `hanging`: the tool's process. */
  interrupt(
    script: string,
    variables: NodeJS.ProcessEnv,
    signal: NodeJS.Signals,
  ): Promise<Ending & { readonly hanging: number }>;
  remove(): void;
}

/** A machine that has every tool, with a clone and nothing else. */
export async function makeMachine(): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'pse machine '));
  const project = join(folder, 'a clone');
  const bin = join(folder, 'bin');
  const log = join(folder, 'log');

  const write = (file: string, text = '') => {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  };
  const add = (tool: string) => {
    mkdirSync(bin, { recursive: true });
    copyFileSync(join(__dirname, 'fake-tool.sh'), join(bin, tool));
    chmodSync(join(bin, tool), 0o755);
  };
  const start = (script: string, args: readonly string[], variables: NodeJS.ProcessEnv) => {
    writeFileSync(log, '');
    const env = { PATH: bin, FAKE_LOG: log, ...variables };
    const file = join(project, 'scripts', script);
    return spawn(process.execPath, [file, ...args], { cwd: project, env });
  };
  const ended = async (child: ChildProcess): Promise<Ending> => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const called = readFileSync(log, 'utf8')
      .replaceAll(`${project}/`, '')
      .split('\n')
      .filter(Boolean);
    return { code, output: output.replaceAll(project, '<project>'), called };
  };

  for (const tool of TOOLS) add(tool);
  for (const file of await projectFiles()) {
    if (/^scripts\/[\w-]+\.mjs$/.test(file)) write(file, readFileSync(join(root, file), 'utf8'));
  }
  write('CMakeLists.txt', 'cmake_minimum_required(VERSION 3.20)\n');
  write('package-lock.json', '{"packages": {"": {}, "node_modules/x": {"version": "1.0.0"}}}');
  write('lib/index.ts');
  write('native/pse.h');

  return {
    project,
    write,
    add,
    take: (tool) => rmSync(join(bin, tool)),
    run: (script, args = [], variables = {}) => ended(start(script, args, variables)),
    async interrupt(script, variables, signal) {
      const child = start(script, [], variables);
      const ending = ended(child);
      const mark = `${log}.hanging`;
      while (!existsSync(mark) && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.kill(signal);
      const hanging = Number(readFileSync(mark, 'utf8'));
      rmSync(mark);
      return { ...(await ending), hanging };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
