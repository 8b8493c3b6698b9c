// The fences between the rooms of native/, read out of its #include lines: Node-API stays in binding, LibTorch in ops,
// neither in fused; binding and ops meet only in pse.h; nothing is included upwards or in a circle; binding computes nothing;
// CMakeLists.txt names every source file, downloads nothing and leaves find_package(Torch) alone. What may be included is
// listed, so an unknown header is a violation too, as is a kind of file that is not read here.
import fs from 'node:fs';
import path from 'node:path';
import { isMain, main, root } from './run-command.mjs';
import { projectFiles } from './sources.mjs';

/** `<vector>`, `<cstdint>`: headers of the C++ standard library have neither a folder nor an ending. */
const STANDARD = /^[a-z_]+$/;
const SYSTEM = /^(dlfcn|link|malloc|unistd|pthread|sched|signal|errno|sys\/\w+)\.h$/;
const NODE_API = /^(napi|node_api|js_native_api(_types)?)\.h$/;
const LIBTORCH = /^(ATen|c10|torch)\//;
/** Whoever opens parallel regions has to be able to say how many threads they have. */
const OPENMP = /^omp\.h$/;
const INTRINSICS = /^(immintrin|arm_neon)\.h$/;
const CUDA = /^cuda(_runtime|_fp16|_bf16)?\.h$/;

/**
 * Every room: the files that belong to it, the rooms that it may include from, and the headers from outside that it may
 * include. The first match counts. A folder is above the files beside it, and beside its sister folders.
 */
const ROOMS = [
  { name: 'pse.h', files: /^native\/pse\.h$/, rooms: [], headers: [/^stdint\.h$/] },
  { name: 'glibc', files: /^native\/glibc\.(h|cpp)$/, rooms: [], headers: [] },
  {
    name: 'binding',
    files: /^native\/binding\/[^/]+$/,
    rooms: ['pse.h'],
    headers: [STANDARD, SYSTEM, NODE_API],
  },
  ...['composite', 'cpu', 'cuda', 'meta', 'autograd'].map((backend) => ({
    name: `ops/${backend}`,
    files: new RegExp(`^native/ops/${backend}/[^/]+$`),
    rooms: ['pse.h', 'ops', 'fused', `fused/${backend}`],
    headers: backend === 'cuda' ? [STANDARD, LIBTORCH, CUDA] : [STANDARD, LIBTORCH],
  })),
  {
    name: 'ops',
    files: /^native\/ops\/[^/]+$/,
    rooms: ['pse.h', 'fused'],
    headers: [STANDARD, LIBTORCH, OPENMP],
  },
  {
    name: 'fused/cpu',
    files: /^native\/fused\/cpu\/[^/]+$/,
    rooms: ['fused'],
    headers: [STANDARD, INTRINSICS],
  },
  {
    name: 'fused/cuda',
    files: /^native\/fused\/cuda\/[^/]+$/,
    rooms: ['fused'],
    headers: [STANDARD, CUDA],
  },
  { name: 'fused', files: /^native\/fused\/[^/]+$/, rooms: [], headers: [STANDARD] },
];

/** Within binding: what JavaScript calls stands above what those calls share. */
const BINDING_UPPER = ['addon', 'loss', 'tensor', 'runtime'];

/** Everything that native/ is made of: the sources are read, the others hold no code. */
const SOURCE = /^native\/.*\.(h|cpp|cu|cuh)$/;
const OTHER = /^native\/(.*\/)?(\w+\.cmake|exports\.map|README\.md)$/;

/** Signs of a computation, none of which a converter of arguments needs. */
const FORMULAS = [
  [/#\s*include\s*<(cmath|math\.h|numbers|numeric|complex|valarray)>/, 'a header of mathematics'],
  [/\b(exp|log|pow|sqrt|tanh|fma|expf|logf|powf|sqrtf)\s*\(/, 'a function of mathematics'],
  [/(?<![\w.])(\d+\.\d*|\.\d+|\d+e[-+]?\d+)[fF]?(?![\w.])/, 'a floating-point number'],
  // clang-format puts spaces around operators, and none behind the star of a pointer.
  [/ [*/%] |\s[*/%]=|\b\d+ - \w/, 'arithmetic'],
];

/** What our CMake files do not do. */
const CMAKE = [
  [/\bGLOB(_RECURSE)?\b/, 'lists sources by a pattern, not by name'],
  // With a CUDA LibTorch it rewrites the architecture flags to some that nvcc refuses.
  [/\bfind_package\s*\(\s*Torch\b/i, 'calls find_package(Torch)'],
  [/\bfile\s*\(\s*DOWNLOAD\b|\b(FetchContent|ExternalProject)/i, 'downloads'],
];

/**
 * Every violation as a line `file:line: what`.
 * @param files contents by path relative to the project folder: all of native/, and CMakeLists.txt
 */
export function findViolations(files) {
  const sources = Object.keys(files).filter((file) => SOURCE.test(file));
  const unknown = Object.keys(files).filter(
    (file) => /^native\//.test(file) && !SOURCE.test(file) && !OTHER.test(file),
  );
  const includes = sources.flatMap((file) => readIncludes(file, files[file]));
  return [
    ...unknown.map((file) => `${file}: a kind of file that no rule reads`),
    ...sources
      .filter((file) => roomOf(file) === undefined)
      .map((file) => `${file}: stands in no room`),
    ...includes.flatMap((include) => checkInclude(include, files)),
    ...findCircles(includes),
    ...sources.flatMap((file) => findFormulas(file, files[file])),
    ...checkSourceList(sources, files['CMakeLists.txt'] ?? ''),
    ...Object.keys(files)
      .filter((file) => /(^CMakeLists\.txt|\.cmake)$/.test(file))
      .flatMap((file) => checkCMake(file, files[file])),
  ];
}

function roomOf(file) {
  return ROOMS.find(({ files }) => files.test(file));
}

/** `{ file, line, header }` for `<header>`, `{ file, line, target }` with its path for one of ours. */
function readIncludes(file, text) {
  return withoutComments(text)
    .split('\n')
    .flatMap((line, i) => {
      const directive = /^\s*#\s*(?:include|include_next|import)\b\s*(.*)$/.exec(line)?.[1];
      if (directive === undefined) return [];
      const at = { file, line: i + 1 };
      const header = /^<([^>]+)>/.exec(directive)?.[1];
      if (header !== undefined) return [{ ...at, header }];
      const own = /^"([^"]+)"/.exec(directive)?.[1];
      if (own === undefined) return [{ ...at, unreadable: directive }];
      return [{ ...at, target: path.posix.join(path.posix.dirname(file), own) }];
    });
}

function checkInclude({ file, line, header, target, unreadable }, files) {
  const from = roomOf(file);
  if (from === undefined) return [];
  const at = `${file}:${line}:`;
  if (unreadable !== undefined)
    return [`${at} includes ${unreadable}, which cannot be read without a compiler`];
  if (header !== undefined) {
    const allowed = from.headers.some((pattern) => pattern.test(header));
    return allowed ? [] : [`${at} ${from.name} may not include <${header}>`];
  }
  if (files[target] === undefined) return [`${at} includes ${target}, which is not there`];
  const to = roomOf(target);
  if (to === undefined) return [`${at} includes ${target}, which stands in no room`];
  if (to.name !== from.name && !from.rooms.includes(to.name)) {
    return [`${at} ${from.name} may not include from ${to.name} (${target})`];
  }
  const upwards =
    from.name === 'binding' &&
    to.name === 'binding' &&
    !BINDING_UPPER.includes(unitOf(file)) &&
    BINDING_UPPER.includes(unitOf(target));
  return upwards ? [`${at} includes ${target}, which stands above it`] : [];
}

/** `loss` of native/binding/loss.cpp and of native/binding/loss.h: header and source are one unit. */
function unitOf(file) {
  return path.posix.basename(file).replace(/\.\w+$/, '');
}

function findCircles(includes) {
  const graph = new Map();
  for (const { file, target } of includes) {
    if (target === undefined) continue;
    const [from, to] = [file, target].map((name) => name.replace(/\.\w+$/, ''));
    if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  const circles = [];
  const done = new Set();
  const visit = (node, trail) => {
    const start = trail.indexOf(node);
    if (start >= 0)
      circles.push(`circle of includes: ${[...trail.slice(start), node].join(' → ')}`);
    if (start >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return circles;
}

function findFormulas(file, text) {
  if (roomOf(file)?.name !== 'binding') return [];
  return withoutStrings(withoutComments(text))
    .split('\n')
    .flatMap((line, i) =>
      FORMULAS.filter(([pattern]) => pattern.test(line)).map(
        ([, what]) => `${file}:${i + 1}: binding computes nothing, but here is ${what}`,
      ),
    );
}

function checkSourceList(sources, cmake) {
  const listed = new Set(withoutHashes(cmake).match(/\bnative\/[\w./-]+\.(cpp|cu)\b/g) ?? []);
  const compiled = sources.filter((file) => /\.(cpp|cu)$/.test(file));
  return [
    ...compiled
      .filter((file) => !listed.has(file))
      .map((file) => `CMakeLists.txt: does not name ${file}`),
    ...[...listed]
      .filter((file) => !sources.includes(file))
      .map((file) => `CMakeLists.txt: names ${file}, which is not there`),
  ];
}

function checkCMake(file, cmake) {
  return CMAKE.filter(([pattern]) => pattern.test(withoutHashes(cmake))).map(
    ([, what]) => `${file}: ${what}`,
  );
}

function withoutHashes(cmake) {
  return cmake.replace(/#.*$/gm, '');
}

/** Comments replaced by spaces; line numbers stay. */
function withoutComments(text) {
  return text.replace(/"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (match) =>
    match.startsWith('"') ? match : match.replace(/[^\n]/g, ' '),
  );
}

function withoutStrings(text) {
  return text.replace(/"(?:\\.|[^"\\\n])*"/g, '""');
}

/** Reads the project, or the folder of a test. */
export async function checkFences(directory = root) {
  const names = (await projectFiles(directory)).filter((file) =>
    /^(native\/|CMakeLists\.txt$)/.test(file),
  );
  const contents = names.map((file) => [file, fs.readFileSync(path.join(directory, file), 'utf8')]);
  return findViolations(Object.fromEntries(contents));
}

if (isMain(import.meta.url)) {
  main(async () => {
    const violations = await checkFences();
    for (const line of violations) console.log(line);
    console.log(violations.length === 0 ? 'The fences hold.' : `${violations.length} violations`);
    if (violations.length > 0) process.exitCode = 1;
  });
}
