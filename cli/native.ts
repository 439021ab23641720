/**
 * `maggy native`: puts native TensorFlow into a project. Two ways lead there:
 *
 * - the package's own install script, which downloads TensorFlow 2.9 (for GPUs of its day: CUDA 11);
 * - `wheel`: the package without its script, its binding compiled here against the TensorFlow that the Python package index ships, which knows
 *   the processors and GPUs of today. Needs Linux, python3 with pip, g++, and some 1.5 GB of disk while it works.
 *
 * Either way the result is loaded in a process of its own and trains a step before this reports success.
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { MaggyError } from '../core/errors.ts';

export interface NativeRequest {
  /** Compile against a Python wheel instead of the package's own download. */
  readonly wheel: boolean;
  readonly gpu: boolean;
  /** The project that gets it: a folder with a package.json. */
  readonly folder: string;
  /** Called with one line for each step. */
  readonly log: (line: string) => void;
}

/** What was loaded and trained with at the end. */
export interface NativeInstallation {
  readonly packageName: string;
  /** Version of TensorFlow itself. */
  readonly tensorFlow: string;
  readonly device: 'cpu' | 'gpu';
}

/** The last version with wheels that the binding was tried with. */
const wheelVersion = '2.21.0';
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
/** Folders of the wheel whose headers the C interface includes. */
const headerFolders = ['tensorflow/c/', 'tensorflow/core/platform/', 'xla/tsl/', 'tsl/'].map((name) => `tensorflow/include/${name}`);

/**
 * @throws MaggyError `unavailable` where a tool is missing or fails, with the end of what it printed; what is already installed stays
 */
export async function installNative({ wheel, gpu, folder, log }: NativeRequest): Promise<NativeInstallation> {
  const packageName = gpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const wanted = `${packageName}@${coreVersion()}`;
  if (wheel) {
    if (process.platform !== 'linux')
      throw new MaggyError('unavailable', 'native TensorFlow is compiled against a wheel on Linux only; leave out --wheel');
    log(`installing ${wanted} without its own download`);
    // Not saved: the next `npm install` would run the package's script and overwrite what is compiled here.
    await run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', wanted], folder);
    await compileAgainstWheel(join(folder, 'node_modules', packageName), gpu ? 'tensorflow' : 'tensorflow-cpu', log);
  } else {
    log(`installing ${wanted}, which downloads its TensorFlow`);
    await run('npm', ['install', '--save-exact', '--save-optional', '--no-audit', '--no-fund', wanted], folder);
  }
  log('training a step with it');
  return verifyNative(packageName, folder);
}

/** The native package must be of this version, so that npm gives it the same tfjs-core. */
function coreVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('@tensorflow/tfjs-core/package.json');
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest && typeof manifest.version === 'string')
    return manifest.version;
  throw new MaggyError('internal', '@tensorflow/tfjs-core has no version');
}

async function compileAgainstWheel(packageFolder: string, wheelName: string, log: (line: string) => void): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'maggy-native-'));
  try {
    log(`downloading ${wheelName} ${wheelVersion} from the Python package index`);
    const unpacked = await unpackWheel(wheelName, work);
    log('compiling the binding');
    const libraryFolder = join(packageFolder, 'deps', 'lib');
    await rm(libraryFolder, { recursive: true, force: true });
    await mkdir(libraryFolder, { recursive: true });
    for (const library of libraries) await cp(join(unpacked, 'tensorflow', library), join(libraryFolder, library));
    await compile(packageFolder, join(unpacked, 'tensorflow', 'include'), libraryFolder, await nodeHeaders(work));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The wheel's libraries and the headers of its C interface. Python's version does not matter: nothing of Python is used. */
async function unpackWheel(wheelName: string, work: string): Promise<string> {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const platform = ['--only-binary=:all:', '--platform', `manylinux_2_27_${machine}`, '--python-version', '3.12', '--implementation', 'cp'];
  await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', ...platform, '-d', work, `${wheelName}==${wheelVersion}`], work);
  const file = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new MaggyError('unavailable', `pip downloaded no wheel of ${wheelName} ${wheelVersion}`);
  const unpacked = join(work, 'wheel');
  const unpack = `
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(tuple(sys.argv[3:]))])`;
  const wanted = [...headerFolders, ...libraries.map((library) => `tensorflow/${library}`)];
  await run('python3', ['-c', unpack, join(work, file), unpacked, ...wanted], work);
  return unpacked;
}

/** Puts the binding where the package's loader looks for it. It finds the libraries by a path relative to itself, so that the project may move. */
async function compile(packageFolder: string, tensorFlowHeaders: string, libraryFolder: string, headers: string): Promise<void> {
  const target = join(packageFolder, 'lib', 'napi-v8');
  await mkdir(target, { recursive: true });
  const sources = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
  await run(
    'g++',
    [
      ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
      ...['-I', headers, '-I', '.', '-I', '..', '-I', tensorFlowHeaders],
      ...sources,
      ...['-L', libraryFolder, ...libraries.map((library) => `-l:${library}`), '-Wl,-rpath,$ORIGIN/../../deps/lib'],
      ...['-o', join(target, 'tfjs_binding.node')],
    ],
    packageFolder,
  );
}

/** Node's own headers where its distribution has them, else the npm package of the same content. */
async function nodeHeaders(work: string): Promise<string> {
  const own = join(dirname(dirname(process.execPath)), 'include', 'node');
  if (existsSync(join(own, 'node_api.h'))) return own;
  await run('npm', ['install', '--prefix', work, '--no-audit', '--no-fund', 'node-api-headers'], work);
  return join(work, 'node_modules', 'node-api-headers', 'include');
}

/**
 * Loads the package in a process of its own, where a crash of native code harms nobody, and trains one step.
 *
 * @throws MaggyError `unavailable` with what that process printed
 */
export async function verifyNative(packageName: string, folder: string): Promise<NativeInstallation> {
  const script = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = require(${JSON.stringify(packageName)});
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
model.trainOnBatch(tf.ones([4, 2]), tf.ones([4, 1])).then((loss) => {
  if (!Number.isFinite(loss)) throw new Error('the loss of one step is ' + loss);
  const backend = tf.backend();
  console.log(JSON.stringify({ tensorFlow: backend.binding.TF_Version, isGpu: backend.isUsingGpuDevice }));
});`;
  const output = await run(process.execPath, ['-e', script], folder);
  const answer: unknown = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  if (typeof answer !== 'object' || answer === null || !('tensorFlow' in answer) || !('isGpu' in answer)) {
    throw new MaggyError('unavailable', `${packageName} trained a step and said ${output}`);
  }
  return { packageName, tensorFlow: String(answer.tensorFlow), device: answer.isGpu === true ? 'gpu' : 'cpu' };
}

/** Runs a tool to its end. */
async function run(tool: string, argumentList: string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(tool, argumentList, { cwd, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (cause) {
    throw new MaggyError('unavailable', `${tool} ${argumentList[0] ?? ''} failed: ${printedBy(cause)}`, { cause });
  }
}

/** The end of what a failed tool printed; that it does not exist, where it printed nothing. */
function printedBy(failure: unknown): string {
  const stderr = typeof failure === 'object' && failure !== null && 'stderr' in failure ? String(failure.stderr).trim() : '';
  return (stderr || (failure instanceof Error ? failure.message : String(failure))).slice(-2_000);
}
