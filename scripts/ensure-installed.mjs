/**
 * Makes `node_modules` match package-lock.json before a command of package.json runs, so that a fresh clone needs one command.
 * Plain JavaScript without imports of packages: it runs when none is there. It writes to stderr only, because stdout belongs to the command.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, '.maggy', 'install.lock');
const oldestNode = [20, 19];

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  fail(`Maggy needs Node.js ${oldestNode.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).`);
}

/**
 * True when every package of the lock file stands in `node_modules` at its version. npm records what it installed, after the last file,
 * in `node_modules/.package-lock.json`; contents are compared because a `git checkout` makes the times of both files meaningless.
 * Packages that are optional (those of other platforms) may be absent.
 */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) fail(`package-lock.json is missing or unreadable in ${root}: check it out again.`);
  if (present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional, link }]) => {
    if (path === '' || link) return true;
    const found = present[path];
    if (found === undefined) return optional === true || devOptional === true;
    return found.version === version && found.integrity === integrity;
  });
}

/** The `packages` table of a lock file, or undefined where there is none. */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Runs `work` while no other process on this machine installs into the same folder. */
function withLock(work) {
  mkdirSync(dirname(lockFile), { recursive: true });
  while (!takeLock()) waitForOwner();
  try {
    work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** A link appears with its content in one step, so nobody ever reads a lock without its owner. */
function takeLock() {
  const mine = `${lockFile}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, lockFile);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine);
  }
}

function waitForOwner() {
  let owner;
  try {
    owner = Number(readFileSync(lockFile, 'utf8'));
  } catch {
    return;
  }
  if (isAlive(owner) && !isOlderThanBoundary()) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    return;
  }
  const taken = `${lockFile}.abandoned.${process.pid}`;
  try {
    renameSync(lockFile, taken);
    rmSync(taken);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

/** A process id may have been given to another program since the owner died; no install lasts this long. */
function isOlderThanBoundary() {
  const boundaryMs = 15 * 60_000;
  const stat = statSync(lockFile, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > boundaryMs;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function install() {
  if (isInstalled()) return;
  const reason = existsSync(join(root, 'node_modules')) ? 'node_modules differs from package-lock.json' : 'node_modules is missing';
  process.stderr.write(`${reason}: running npm ci\n`);
  // Inside `npm run`, npm says where its own program is; started by hand, the npm on the PATH serves.
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const result = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error) fail(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) fail('npm ci failed; its messages stand above.');
}

function fail(sentence) {
  throw new Error(sentence);
}

try {
  requireNode();
  if (!isInstalled()) withLock(install);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
