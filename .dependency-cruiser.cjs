// The directions of docs/architecture.md. What isn't named here is free.
const NOUNS = ['accounts', 'activity', 'credentials', 'policy', 'roles', 'routes', 'tokens'];
/** Bottom up. A folder imports folders of its own line and of the lines above it here. */
const LAYERS = [
  ['files', 'sockets', 'text'],
  NOUNS,
  ['contract'],
  ['store'],
  ['snapshot'],
  ['check'],
  ['explain'],
  ['manifests'],
  ['operations'],
  ['http', 'client', 'envoy', 'admin', 'cli', 'observe'],
  ['app'],
  ['main.ts'],
];
const EDGES = LAYERS.at(-3);
/** Edges that one edge may import. */
const SHARED_EDGES = { admin: ['http'], cli: ['client'] };

const SCHEMA = '-(id|schema)\\.ts$';

const path = (folders) =>
  `^src/(${folders.map((name) => (name.endsWith('.ts') ? `${name.replace('.', '\\.')}$` : `${name}/`)).join('|')})`;

const layers = LAYERS.slice(0, -1).map((folders, index) => ({
  name: `${folders.length > 2 ? folders[0] : folders.join('-')}-imports-nothing-above`,
  severity: 'error',
  from: { path: path(folders) },
  // Schemas of what is above may be named in the contract: they import ids and schemas alone.
  to: { path: path(LAYERS.slice(index + 1).flat()), ...(folders[0] === 'contract' && { pathNot: SCHEMA }) },
}));

const edges = EDGES.map((edge) => ({
  name: `${edge}-imports-no-other-edge`,
  severity: 'error',
  from: { path: path([edge]) },
  to: { path: path(EDGES.filter((other) => other !== edge && !(SHARED_EDGES[edge] ?? []).includes(other))) },
}));

/** A library and the folders that may import it. */
const home = (library, pattern, ...folders) => ({
  name: `${library}-only-in-${folders.join('-and-').replaceAll('/', '-')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${folders.join('|')})/` },
  to: { path: `(^|/)node_modules/${pattern}` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'imports-resolve',
      comment: 'A rule that names a library can only see one that is found.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...layers,
    ...edges,
    {
      name: 'drivers-import-no-other-driver',
      severity: 'error',
      from: { path: '^src/store/([^/]+)/' },
      to: { path: '^src/store/[^/]+/', pathNot: '^src/store/$1/' },
    },
    {
      name: 'the-core-imports-no-driver',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(app|store/[^/]+)/|^src/(main|store/drivers)\\.ts$',
      },
      to: { path: '^src/store/[^/]+/' },
    },
    {
      name: 'contract-imports-ids-and-schemas',
      comment: 'A browser loads the contract.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { path: '^src/', pathNot: `^src/contract/|${SCHEMA}` },
    },
    {
      name: 'schemas-import-ids-and-schemas',
      severity: 'error',
      from: { path: '^src/(?!policy/ppl-schema).*-schema\\.ts$' },
      to: { path: '^src/', pathNot: `${SCHEMA}|^src/accounts/identifier\\.ts$` },
    },
    {
      name: 'config-is-for-main-app-and-cli',
      comment: 'The rest is told what it needs to know. A store driver describes its own section.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/(main\\.ts$|app/|cli/|config/|store/drivers\\.ts$|store/[a-z]+/[a-z]+-(driver|section|config|files)\\.ts$)',
      },
      to: { path: '^src/config/' },
    },
    {
      name: 'check-knows-no-transport',
      comment: 'No gRPC, no Redis, no HTTP: what a decision is does not depend on who asked.',
      severity: 'error',
      from: { path: '^src/(check|snapshot|explain|operations|manifests|contract)/' },
      to: {
        path: '(^|/)node_modules/(@grpc|grpc-|ioredis|protobufjs|fastify|@fastify|undici|commander)|^(node:)?(http|https|http2|net|tls|dgram)$',
      },
    },
    {
      name: 'check-imports-nouns-and-snapshot',
      comment: 'A decision needs no other part.',
      severity: 'error',
      from: { path: '^src/check/' },
      to: {
        path: '^src/',
        pathNot: '^src/(check|accounts|credentials|policy|routes|snapshot|tokens)/[^/]+\\.ts$',
      },
    },
    {
      name: 'check-uses-zod-and-lru-cache',
      severity: 'error',
      from: { path: '^src/check/' },
      to: { path: '(^|/)node_modules/', pathNot: '(^|/)node_modules/(zod|lru-cache)/' },
    },
    {
      name: 'check-starts-nothing',
      comment: 'No process, no thread, no name to look up.',
      severity: 'error',
      from: { path: '^src/check/' },
      to: { path: '^(node:)?(dns(/promises)?|child_process|cluster|worker_threads)$' },
    },
    {
      name: 'console-imports-contract-and-the-browser-client',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^src/', pathNot: '^src/contract/|^src/client/browser[^/]*\\.ts$' },
    },
    {
      name: 'sources-import-no-tests',
      severity: 'error',
      from: { path: '^(src|console)/' },
      to: { path: '^(test|bench|demo|scripts)/' },
    },
    {
      name: 'tests-import-no-bench',
      severity: 'error',
      from: { path: '^(test|demo|scripts)/' },
      to: { path: '^bench/' },
    },
    {
      name: 'demo-shares-only-test-support',
      severity: 'error',
      from: { path: '^(demo|bench|scripts)/' },
      to: { path: '^test/', pathNot: '^test/(support|fixtures)/' },
    },
    home('grpc', '(@grpc|grpc-health-check|protobufjs)', 'envoy'),
    home('jose', 'jose/', 'tokens'),
    home('lmdb', 'lmdb/', 'store/embedded'),
    home('ioredis', 'ioredis/', 'store/redis'),
    home('fastify', '(fastify|@fastify)/', 'http', 'admin'),
    home('csv-parse', 'csv-parse/', 'manifests'),
    home('scim', '(scim-patch|scim2-parse-filter)/', 'admin/scim'),
    home('commander', 'commander/', 'cli'),
    home('undici', 'undici/', 'client'),
    home('fastest-levenshtein', 'fastest-levenshtein/', 'text'),
    home('pino', 'pino/', 'observe'),
    home('prom-client', 'prom-client/', 'observe'),
  ],
  options: {
    // Everything in the repository, a folder `console` as soon as there is one.
    exclude: { path: '^(?:dist|coverage|release|\\.tools)/' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
