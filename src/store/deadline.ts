/** No answer in time. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** Resolves like `promise`, or rejects with `fault` after so many milliseconds. Default: `DeadlinePassed`. */
export function withDeadline<T>(promise: Promise<T>, milliseconds: number, fault?: Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(fault ?? new DeadlinePassed(`no answer within ${milliseconds} ms`)),
      milliseconds,
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
