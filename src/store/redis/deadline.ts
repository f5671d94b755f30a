/** No answer in time. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** What `promise` resolves to; rejects with `DeadlinePassed` where that takes longer than so many milliseconds. */
export function withDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new DeadlinePassed(`no answer within ${milliseconds} ms`)),
      milliseconds,
    );
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: Error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
