/** SIGHUP asks a process that serves to read its files again. */
export interface HangUps {
  /** Has each SIGHUP call `reload` from now on, once at a time; one that came before is made up for. */
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
