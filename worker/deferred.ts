/** A promise that somebody else settles. */
export interface Deferred<Value = void> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

const unset = (): void => undefined;

export function deferred<Value = void>(): Deferred<Value> {
  let resolve: (value: Value) => void = unset;
  let reject: (error: Error) => void = unset;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
