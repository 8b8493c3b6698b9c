// The pages of the project and the code in them.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../support/process';

/** Folders that are installed or made, not written. */
const MADE = ['node_modules', 'build', 'dist', 'report', 'coverage', 'dist-packages'];

/** A piece of code in a page or a comment. */
export interface Block {
  /** `README.md:12`, where its first line of code stands */
  readonly place: string;
  readonly language: string;
  readonly code: string;
}

/** Every Markdown file, relative to the project folder. */
export function pages(): readonly string[] {
  return filesBelow(ROOT).filter((file) => file.endsWith('.md'));
}

/** The code blocks of a page. */
export function blocksOf(page: string): readonly Block[] {
  return fences(page, readPage(page));
}

/** The examples in the doc comments of lib/. */
export function examples(): readonly Block[] {
  return filesBelow(join(ROOT, 'lib'))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => fences(file, readPage(file).replaceAll(/^ *\* ?/gm, '')))
    .filter(({ language }) => language === 'ts');
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** A line of output; `…` stands for anything. */
export function patternOf(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

function fences(file: string, text: string): readonly Block[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: code }) => {
    const line = text.slice(0, index).split('\n').length + 1;
    return { place: `${file}:${line}`, language: language as string, code: code as string };
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || MADE.includes(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(path) : [relative(ROOT, path)];
  });
}
