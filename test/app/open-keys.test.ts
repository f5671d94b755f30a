import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createConfiguredFiles } from '../../src/app/configured-files.ts';
import { openAdminKeys, openKeys } from '../../src/app/open-keys.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { publishKeyFile } from '../../src/tokens/publish-key-file.ts';
import { inFolder } from '../support/token-fixture.ts';

test('key files that their group may write (an fsGroup remount) are loaded, and each is logged once as a warning', () =>
  inFolder(async (folder) => {
    const config = loadConfig({ cwd: folder, env: { SALLYPORT_STORE__EMBEDDED__PATH: folder }, flags: {} });
    const { credential = '', assertion } = config.keys;
    const files = [credential, assertion];
    for (const file of files) await generateKeyFile(file, file === assertion ? 'ES256' : 'EdDSA');
    await publishKeyFile(credential, join(folder, 'keys', 'credential.public.jwks.json'));
    for (const file of files) await chmod(file, 0o660);

    const warnings: unknown[] = [];
    const logger = createLogger({
      level: 'warn',
      to: {
        write(line) {
          const { event, warning }: { event?: string; warning?: string } = JSON.parse(line);
          if (event === 'keys-warning') warnings.push(warning);
        },
      },
    });
    const watched = createConfiguredFiles(logger);
    await openAdminKeys(config, watched, logger);
    await openKeys(config, watched, logger);
    watched.close();
    assert.equal(warnings.length, files.length);
    for (const [index, file] of files.entries())
      assert.match(String(warnings[index]), new RegExp(`the group of ${file} may write it`));
  }));
