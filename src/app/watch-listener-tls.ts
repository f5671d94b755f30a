import type { ListenerTls } from '../config/config.ts';
import { readServerTlsFiles, type ServerTlsMaterial, tlsPaths } from '../files/tls-files.ts';
import type { Watched } from '../files/watch-files.ts';
import type { ConfiguredFiles } from './configured-files.ts';

/** TLS of a listener, kept up with its files. */
export interface WatchedListenerTls {
  readonly material: Watched<ServerTlsMaterial>;
  readonly allowedClients: readonly string[];
}

/** @param setting of the listener: `http.listen` */
export async function watchListenerTls(
  setting: string,
  { cert, key, clientCa, allowedClients }: ListenerTls,
  files: ConfiguredFiles,
): Promise<WatchedListenerTls> {
  const named = { cert, key, ca: clientCa };
  const material = await files.watch(`${setting}.tls`, tlsPaths(named), () => readServerTlsFiles(named));
  return { material, allowedClients };
}
