/**
 * Builds the dashboard where it is missing or older than its sources, so that whoever starts the product from a checkout sees the page that
 * stands there. Without the packages that only a checkout has (an installation for production), what is there is left alone.
 */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(root, 'dashboard', 'dist');
const stamp = join(built, 'built-from');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');

/** Of everything that the build reads: contents, because a `git checkout` makes times meaningless. */
function sourcesHash() {
  const hash = createHash('sha256');
  for (const folder of ['dashboard', 'client', 'core']) {
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(built))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}

/** Whether it was built from these sources. */
function isBuiltFrom(sources) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

/** Beside the old one, which a server may be reading, and then in its place. */
function build(sources) {
  const work = join(root, '.maggy', `dashboard-${process.pid}`);
  mkdirSync(dirname(work), { recursive: true });
  process.stderr.write('building the dashboard\n');
  const { status } = spawnSync(process.execPath, [vite, 'build', 'dashboard', '--outDir', join(work, 'new'), '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    // As people get it, whoever starts the build: libraries decide by this what they warn of and check.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (status === 0) {
    writeFileSync(join(work, 'new', 'built-from'), sources);
    if (existsSync(built)) renameSync(built, join(work, 'old'));
    renameSync(join(work, 'new'), built);
  }
  rmSync(work, { recursive: true, force: true });
  return status === 0;
}

if (existsSync(vite)) {
  const sources = sourcesHash();
  if (!isBuiltFrom(sources) && !build(sources)) {
    process.stderr.write('the dashboard could not be built; its messages stand above\n');
    process.exitCode = 1;
  }
}
