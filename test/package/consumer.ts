// Somebody's project with our tarball in it: packed by npm, unpacked as npm does it, the packages that it depends on linked.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { built, type Ending as ChildEnding, ROOT, run as runChild } from '../support/process';

/** How a command ended. */
export type Ending = Pick<ChildEnding, 'code' | 'stdout' | 'stderr'>;

export interface Consumer {
  /** where the package lies: node_modules/pse-loss */
  readonly installed: string;
  /** the files of the tarball, as npm lists them */
  readonly files: readonly string[];
  /** its size in bytes */
  readonly size: number;
  /** Writes a file of the project and resolves to its path. */
  write(file: string, text: string): string;
  /** Runs Node in the project. */
  node(...args: readonly string[]): Promise<Ending>;
  /** Runs a program that a package brought, as npx does. */
  bin(name: string, ...args: readonly string[]): Promise<Ending>;
  /** Puts the addon that was built here where the package looks for it. */
  addAddon(): void;
  remove(): void;
}

export function makeConsumer(): Consumer {
  built('index.js');
  const folder = mkdtempSync(join(tmpdir(), 'pse consumer '));
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'pse-loss');
  mkdirSync(installed, { recursive: true });

  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, npm_config_offline: 'true', npm_config_update_notifier: 'false' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename, size, files }] = JSON.parse(packed);
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);

  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  for (const [name, file] of Object.entries<string>(manifest.bin)) {
    chmodSync(join(installed, file), 0o755);
    symlinkSync(join(installed, file), join(modules, '.bin', name));
  }

  const write = (file: string, text: string) => {
    writeFileSync(join(folder, file), text);
    return join(folder, file);
  };
  write('package.json', '{ "private": true }');

  const run = async (program: string, args: readonly string[]): Promise<Ending> => {
    const { code, stdout, stderr } = await runChild(program, args, { cwd: folder });
    return { code, stdout, stderr };
  };

  return {
    installed,
    files: (files as readonly { readonly path: string }[]).map(({ path }) => path),
    size,
    write,
    node: (...args) => run(process.execPath, args),
    bin: (name, ...args) => run(join(modules, '.bin', name), args),
    addAddon: () => symlinkSync(join(ROOT, 'build'), join(installed, 'build')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
