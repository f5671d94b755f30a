import type { ListenerTls } from '../config/config.ts';
import { readServerTlsFiles, tlsPaths } from '../files/tls-files.ts';
import { type WatchedFiles, type WatchFilesOptions, watchFiles } from '../files/watch-files.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';

/** Watches the files that the configuration names: keys, passwords and certificates change without a restart. */
export interface ConfiguredFiles {
  /**
   * Reads files, and reads them again whenever one changes. If `load` throws then, that is reported once and the former
   * content stays in use. Rejects with the first error of `load`.
   * @param setting names them for the log: `http.listen.tls`
   */
  watch<Content>(
    setting: string,
    paths: readonly string[],
    load: () => Content | Promise<Content>,
    options?: Pick<WatchFilesOptions<Content>, 'onChange' | 'onError'>,
  ): Promise<WatchedFiles<Content>>;
  /** Reads all of them now, and logs one line that names those that changed. */
  reload(): Promise<void>;
  /** Settings whose files cannot be used. */
  readonly failing: readonly string[];
  close(): void;
}

export function createConfiguredFiles(logger: Logger): ConfiguredFiles {
  let closed = false;
  const watched: { readonly setting: string; readonly files: WatchedFiles<unknown> }[] = [];
  return {
    async watch(setting, paths, load, options) {
      const file = paths.join(', ');
      const files = await watchFiles(paths, load, {
        onChange: () => logEvent(logger, 'files-loaded', { setting, file }),
        onError: ({ message }) => logEvent(logger, 'files-fault', { setting, file, problem: message }),
        ...options,
      });
      watched.push({ setting, files });
      return files;
    },
    async reload() {
      if (closed) return;
      const read = await Promise.all(
        watched.map(async ({ setting, files }) => ({ setting, outcome: await files.reload() })),
      );
      const settingsWith = (wanted: string) =>
        read.filter(({ outcome }) => outcome === wanted).map(({ setting }) => setting);
      logEvent(logger, 'reloaded', { changed: settingsWith('changed'), failed: settingsWith('failed') });
    },
    get failing() {
      return watched.filter(({ files }) => files.failing).map(({ setting }) => setting);
    },
    close() {
      closed = true;
      for (const { files } of watched) files.close();
    },
  };
}

/** TLS of a listener, which follows its files. @param setting of the listener: `http.listen` */
export async function watchListenerTls(
  setting: string,
  { cert, key, clientCa, allowedClients }: ListenerTls,
  files: ConfiguredFiles,
) {
  const named = { cert, key, ca: clientCa };
  const material = await files.watch(`${setting}.tls`, tlsPaths(named), () => readServerTlsFiles(named));
  return { material, allowedClients };
}
