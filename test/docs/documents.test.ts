// What the documents for developers name has to exist. test/docs/run-docs.test.ts runs the commands of those for users.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { z } from 'zod';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')));

const RECORDS = readdirSync(new URL('docs/decisions/', ROOT)).filter((name) => name !== 'README.md');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/architecture.md',
  'docs/release.md',
  'docs/decisions/README.md',
  '.github/pull_request_template.md',
  ...RECORDS.map((name) => `docs/decisions/${name}`),
];

/** Names that stand for many: `src/a/b.ts`, `<name>`, `…`. */
const PATTERN = /[<>*{}…]|^(?:src|test)\/a\//;

/** Files and folders of this repository that a text names in backticks. */
function namedPaths(text: string): string[] {
  const named = [
    ...text.matchAll(/`((?:src|test|scripts|bench|demo|deploy|bin|proto|docs|\.github|\.ci)\/[^`\s]*)`/g),
  ];
  return named.map(([, path = '']) => path).filter((path) => !PATTERN.test(path));
}

for (const document of DOCUMENTS)
  describe(document, () => {
    const text = read(document);

    test('every file and folder that it names exists', () => {
      for (const path of namedPaths(text)) assert.ok(existsSync(new URL(path, ROOT)), path);
    });

    test('every link to another document leads to one, and to a heading of it', () => {
      const here = new URL(document, ROOT);
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const url = new URL(target, here);
        const anchor = url.hash.slice(1);
        url.hash = '';
        assert.ok(existsSync(url), target);
        if (anchor !== '') assert.ok(headings(readFileSync(url, 'utf8')).includes(anchor), target);
      }
    });

    test('every npm script that it names exists', () => {
      for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g))
        assert.ok(Object.hasOwn(scripts, script), script);
    });
  });

/** The anchors that GitHub gives to headings. */
function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

describe('the decisions', () => {
  test('have a number each, and the index has each with its title', () => {
    const index = read('docs/decisions/README.md');
    const numbers = RECORDS.map((name) => name.slice(0, 4));
    assert.equal(new Set(numbers).size, numbers.length);
    for (const name of RECORDS) {
      assert.match(name, /^\d{4}-[a-z0-9-]+\.md$/);
      const number = name.slice(0, 4);
      const [title = ''] = read(`docs/decisions/${name}`).split('\n', 1);
      const [, text] = new RegExp(`^# ${number}: (.+)$`).exec(title) ?? [];
      assert.ok(text !== undefined, `${name} begins with "${title}"`);
      assert.ok(index.includes(`| [${number}](${name}) | ${text} |`), `the index lacks ${name}`);
    }
  });

  for (const name of RECORDS)
    test(`${name} has context, decision and consequences, on a page`, () => {
      const text = read(`docs/decisions/${name}`);
      const expected = ['Context', 'Decision', 'Consequences'];
      const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
      assert.deepEqual(
        sections.filter((section) => expected.includes(section)),
        expected,
      );
      assert.ok(text.split('\n').length <= 60);
    });
});

test('the architecture has its three drawings', () => {
  const drawings = [...read('docs/architecture.md').matchAll(/^```mermaid\n(\w+)/gm)].map(([, kind]) => kind);
  assert.equal(drawings.length, 3);
  for (const kind of drawings) assert.ok(['flowchart', 'sequenceDiagram'].includes(kind ?? ''), kind);
});
