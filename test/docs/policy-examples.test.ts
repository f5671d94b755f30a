import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load-config.ts';
import { inFolder } from '../support/command-line.ts';

interface Block {
  readonly line: number;
  /** What follows `yaml` on the fence. */
  readonly use: string;
  readonly text: string;
}

/** The YAML of a document, each with what it is meant as. */
function yamlBlocks(document: string): Block[] {
  const markdown = readFileSync(new URL(`../../docs/${document}`, import.meta.url), 'utf8');
  return [...markdown.matchAll(/^```yaml *(.*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: use = '', 2: text = '' }) => ({
      line: markdown.slice(0, index).split('\n').length,
      use,
      text,
    }),
  );
}

async function check({ use, text }: Block): Promise<void> {
  await inFolder(async ({ folder, run }) => {
    const file = join(folder, 'block.yaml');
    writeFileSync(file, text);
    switch (use) {
      case 'cases': {
        const { code, stdout, stderr } = await run(['policy', 'test', file]);
        assert.equal(code, 0, stdout + stderr);
        break;
      }
      case 'ppl':
      case 'resources': {
        const { code, stdout } = await run(['policy', 'lint', file]);
        assert.equal(code, 0, stdout);
        break;
      }
      case 'config':
        loadConfig({ file, env: {}, flags: {}, cwd: folder });
        break;
      default:
        assert.fail(
          `expected the fence to say what this is: yaml cases, ppl, resources or config, not "${use}"`,
        );
    }
  });
}

for (const document of ['policy.md', 'rollout.md']) {
  const blocks = yamlBlocks(document);
  for (const block of blocks)
    test(`docs/${document}, line ${block.line}: the ${block.use} hold`, () => check(block));

  test(`docs/${document} has examples`, () => assert.ok(blocks.length > 2));
}

test('docs/policy.md and docs/migrate-from-pomerium.md name every criterion', () => {
  const texts = ['policy.md', 'migrate-from-pomerium.md'].map((name) =>
    readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8'),
  );
  const schema: { $defs: { criterion: { properties?: object } } } = JSON.parse(
    readFileSync(new URL('../../docs/ppl.schema.json', import.meta.url), 'utf8'),
  );
  const names = Object.keys(schema.$defs.criterion.properties ?? {});
  assert.ok(names.length > 10);
  for (const text of texts) for (const name of names) assert.ok(text.includes(`\`${name}\``), name);
});
