/**
 * Module hooks that load users' own modules; they run in Node's hooks thread, registered by `load.ts`.
 *
 * A user's folder may lie anywhere, often without a `package.json`: its files are ES modules whatever surrounds them, TypeScript
 * or JavaScript, and `maggy` in them is this running installation, so that there is one TensorFlow.js and one of each class. A module is
 * known as a user's by the `maggy` query of its URL, which its relative imports inherit. The query's value is the content hash, so an
 * edited module is loaded anew beside the old one. Everything else is left to the hooks behind these (tsx, Node).
 */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Loader, transformSync } from 'esbuild';

export const userModuleQuery = 'maggy';

/** What `register` hands over: the URL of each entry of this package by its specifier. */
export interface UserModuleHookData {
  readonly entries: Readonly<Record<string, string>>;
}

let entries: UserModuleHookData['entries'] = {};

export const initialize: InitializeHook<UserModuleHookData> = (data) => {
  ({ entries } = data);
};

export const resolve: ResolveHook = (specifier, context, next) => {
  const entry = entries[specifier];
  if (entry !== undefined) return next(entry, context);
  if (isUserModule(specifier)) return { url: specifier, format: 'module', shortCircuit: true };
  const { parentURL } = context;
  if (parentURL === undefined || !isUserModule(parentURL)) return next(specifier, context);
  const found = isRelative(specifier) ? findSource(new URL(specifier, parentURL)) : undefined;
  if (found !== undefined) return { url: `${found.href}${new URL(parentURL).search}`, format: 'module', shortCircuit: true };
  return next(specifier, { ...context, parentURL: withoutQuery(parentURL) });
};

export const load: LoadHook = async (url, context, next) => {
  if (!isUserModule(url)) return next(url, context);
  const path = fileURLToPath(withoutQuery(url));
  const { code } = transformSync(await readFile(path, 'utf8'), {
    loader: sourceKinds.get(extname(path)) ?? 'js',
    format: 'esm',
    target: `node${process.versions.node}`,
    sourcefile: path,
    sourcemap: 'inline',
    sourcesContent: false,
  });
  return { format: 'module', source: code, shortCircuit: true };
};

const sourceKinds: ReadonlyMap<string, Loader> = new Map([
  ['.ts', 'ts'],
  ['.mts', 'ts'],
  ['.tsx', 'tsx'],
  ['.js', 'js'],
  ['.mjs', 'js'],
  ['.jsx', 'jsx'],
]);

/** The file that a relative import means, as TypeScript's bundler resolution finds it; nothing for JSON, CommonJS or an absent file. */
function findSource(wanted: URL): URL | undefined {
  const path = fileURLToPath(withoutQuery(wanted.href));
  const asTypeScript = path.replace(/\.([mc]?)jsx?$/, '.$1ts');
  const suffixes = [...sourceKinds.keys()];
  const candidates = [
    path,
    asTypeScript,
    ...suffixes.map((suffix) => path + suffix),
    ...suffixes.map((suffix) => `${path}/index${suffix}`),
  ];
  const file = candidates.find((candidate) => suffixes.some((suffix) => suffix === extname(candidate)) && isFile(candidate));
  return file === undefined ? undefined : pathToFileURL(file);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('./') || specifier.startsWith('../');
}

function isUserModule(url: string): boolean {
  return url.startsWith('file:') && new URL(url).searchParams.has(userModuleQuery);
}

function withoutQuery(url: string): string {
  const plain = new URL(url);
  plain.search = '';
  return plain.href;
}
