/** SIGHUP asks a process that serves to read its files again. */
export interface HangUps {
  /** Each SIGHUP calls `reload` from now on, one call at a time. A SIGHUP that came earlier calls it at once. */
  call(reload: () => Promise<void>): void;
}

/** From now on SIGHUP does not end this process, also while it starts or stops. */
export function catchHangUps(): HangUps {
  let reload: (() => Promise<void>) | undefined;
  let wanted = false;
  let running = false;
  const run = async () => {
    if (running || !reload) return;
    running = true;
    while (wanted) {
      wanted = false;
      await reload();
    }
    running = false;
  };
  process.on('SIGHUP', () => {
    wanted = true;
    void run();
  });
  return {
    call(given) {
      reload = given;
      void run();
    },
  };
}
